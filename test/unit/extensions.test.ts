import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { PolicyResource } from "@pulumi/policy";
import { extensions } from "../../commands/doctor/checks/extensions";
import { quotas } from "../../commands/doctor/checks/quotas";
import { CloudView } from "../../commands/doctor/cloud-view";
import { remediation } from "../../commands/doctor/report";
import { cloudApi } from "../../components/cloud/api";
import { extensionsOf, missingExtensions } from "../../components/cloud/extensions";
import type { StoreConfig } from "../../components/config/schema";
import { validate } from "../../components/config/validate";
import { extensionNeeds } from "../../components/features/extension-needs";
import { ROOT } from "../../toolchain/paths";
import { fakeEndpoint } from "../support/fake-endpoint";
import { configOf, store, VARIANTS } from "../support/planned-stores";
import { SMALLEST } from "../support/stack-files";

/** What a Neutron of 2025.1 with ML2/OVN lists, as far as a store could touch it. */
const ALL = [
  "allowed-address-pairs",
  "dns-domain-ports",
  "dns-integration",
  "ext-gw-mode",
  "external-net",
  "extraroute",
  "fwaas_v2",
  "net-mtu",
  "net-mtu-writable",
  "network_availability_zone",
  "port-security",
  "provider",
  "qos",
  "quota_details",
  "quotas",
  "router",
  "router_availability_zone",
  "security-group",
  "standard-attr-description",
  "standard-attr-tag",
  "subnet_allocation",
];

/** Attributes of the provider's resources that Neutron knows by an extension only; `*`: of every kind. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  "allowed-address-pairs": ["Port.allowedAddressPairs"],
  "dns-integration": ["*.dnsName", "*.dnsDomain"],
  "ext-gw-mode": ["Router.enableSnat"],
  "external-net": ["Router.externalNetworkId", "Network.external"],
  extraroute: ["RouterRoute.*"],
  fwaas_v2: ["RuleV2.*", "PolicyV2.*", "GroupV2.*"],
  "net-mtu-writable": ["Network.mtu"],
  network_availability_zone: ["Network.availabilityZoneHints"],
  "port-security": ["*.portSecurityEnabled"],
  provider: ["Network.segments"],
  qos: ["*.qosPolicyId"],
  router: ["Router.*", "RouterInterface.*", "FloatingIp.*", "FloatingIpAssociate.*"],
  router_availability_zone: ["Router.availabilityZoneHints"],
  "security-group": ["SecGroup.*", "SecGroupRule.*", "Port.securityGroupIds"],
  "standard-attr-description": ["Network.description", "Subnet.description", "Port.description", "Router.description"],
  "standard-attr-tag": ["*.tags"],
  subnet_allocation: ["Subnet.subnetpoolId", "Subnet.prefixLength"],
};

/** The extensions that a plan sends attributes of. */
function usedBy(resources: readonly PolicyResource[]): string[] {
  const sent = resources.flatMap(({ type, props }) => {
    const kind = /^openstack:(?:networking|firewall)\/.*:(.*)$/.exec(type)?.[1];
    return kind ? Object.keys(props).map((property) => ({ kind, property })) : [];
  });
  return Object.entries(ATTRIBUTES).flatMap(([alias, attributes]) =>
    attributes.some((attribute) => {
      const [ofKind, named] = attribute.split(".");
      return sent.some(
        ({ kind, property }) => (ofKind === "*" || ofKind === kind) && (named === "*" || named === property),
      );
    })
      ? [alias]
      : [],
  );
}

const needed = (config: StoreConfig) => [...new Set(extensionNeeds(config).map(({ alias }) => alias))].sort();

async function neutron<T>(listed: readonly string[], ask: (cloud: CloudView) => Promise<T>): Promise<T> {
  const { session, close } = await fakeEndpoint("network", () => ({
    body: JSON.stringify({ extensions: listed.map((alias) => ({ alias, name: alias })) }),
  }));
  try {
    return await ask(new CloudView(session));
  } finally {
    close();
  }
}

const without = (alias: string) => ALL.filter((one) => one !== alias);
const config = (changes: object = {}) => validate("ecommerce", { ...SMALLEST, ...changes });
const HAPROXY = { balancing: { driver: "haproxy", servers: { image: "i", flavor: "f" } } };
const FIREWALL = { access: { firewall: "stateful" } };
const MTU = { network: { mtu: 1400 } };

describe("a Neutron without an extension", () => {
  for (const alias of [
    "subnet_allocation",
    "dns-integration",
    "port-security",
    "net-mtu",
    "ext-gw-mode",
    "extraroute",
  ]) {
    it(`${alias}: is enough for every store`, async () => {
      for (const [what, [environment, changes]] of Object.entries(VARIANTS)) {
        const wanted = await configOf(environment, changes);
        const states = await neutron(without(alias), (cloud) => extensions(cloud, wanted));
        assert.deepEqual(
          states.map(({ state }) => state),
          ["fine"],
          what,
        );
      }
    });
  }

  for (const [what, changes, key, set] of [
    [
      "a store behind HAProxy",
      HAPROXY,
      "balancing.driver",
      { "balancing.driver": "octavia", "balancing.servers": undefined },
    ],
    [
      "a pair of database servers",
      {
        database: { ...SMALLEST.database, mode: "pair", backups: { image: "i", flavor: "f" } },
        access: { services: ["192.0.2.0/24"] },
      },
      "database.mode",
      { "database.mode": "single" },
    ],
  ] as const) {
    it(`allowed-address-pairs: is not enough for ${what}, and the doctor knows what to write`, async () => {
      const listed = without("allowed-address-pairs");
      const input = { ...SMALLEST, ...changes };
      const [found, ...others] = await neutron(listed, (cloud) => extensions(cloud, config(changes)));
      assert.deepEqual([found?.state, found?.key, found?.set, others], ["wrong", key, set, []]);
      assert.match(
        found?.text ?? "",
        /^Neutron lacks the extension allowed-address-pairs: two servers share an address/,
      );
      assert.ok(remediation("ecommerce", input, found ? [found] : []));
      assert.deepEqual(
        (await neutron(ALL, (cloud) => extensions(cloud, config(changes)))).map(({ state }) => state),
        ["fine"],
      );
      assert.deepEqual(
        (await neutron(listed, (cloud) => extensions(cloud, config()))).map(({ state }) => state),
        ["fine"],
      );
    });
  }

  it("fwaas_v2: is not enough where the stack file wants a firewall at the router", async () => {
    const look = (changes: object) => neutron(without("fwaas_v2"), (cloud) => extensions(cloud, config(changes)));
    assert.deepEqual(await look(FIREWALL), [
      {
        state: "wrong",
        key: "access.firewall",
        text: "Neutron lacks the extension fwaas_v2: take it away; the security groups hold without it",
        set: { "access.firewall": undefined },
      },
    ]);
    assert.deepEqual(
      (await look({})).map(({ state }) => state),
      ["fine"],
    );
  });

  it("net-mtu-writable: is not enough where the stack file says an MTU", async () => {
    const look = (changes: object) =>
      neutron(without("net-mtu-writable"), (cloud) => extensions(cloud, config(changes)));
    assert.deepEqual(
      (await look(MTU)).map(({ state, key }) => [state, key]),
      [["wrong", "network.mtu"]],
    );
    assert.deepEqual(
      (await look({})).map(({ state }) => state),
      ["fine"],
    );
  });

  for (const alias of ["router", "external-net", "security-group", "standard-attr-description", "standard-attr-tag"]) {
    it(`${alias}: is enough for no store`, async () => {
      const { session, close } = await fakeEndpoint("network", () => ({
        body: JSON.stringify({ extensions: without(alias).map((one) => ({ alias: one })) }),
      }));
      const missing = missingExtensions(config(), await extensionsOf(cloudApi(session)));
      close();
      assert.deepEqual(
        missing.map((need) => [need.key, need.alias, need.set]),
        [["cloud", alias, undefined]],
      );
    });
  }

  it("quota_details: leaves the doctor the quotas of the others", async () => {
    const { session, close } = await fakeEndpoint(
      ["network", "compute", "block-storage", "identity"],
      ({ url = "" }) => {
        if (url.startsWith("/v2.0/quotas/")) return { status: 404, body: "{}" };
        if (url.startsWith("/limits"))
          return { body: JSON.stringify({ limits: { absolute: { maxTotalInstances: 1 } } }) };
        return { body: JSON.stringify({ flavors: [], subnets: [], token: { user: { id: "u" } } }) };
      },
    );
    const found = await quotas(new CloudView({ ...session, projectId: "p" }), config(HAPROXY), "shop-dev");
    close();
    const said = found.map(({ state, text }) => `${state}: ${text}`);
    assert.ok(said.includes("unknown: Neutron does not say what is used of its quotas"), said.join("\n"));
    assert.ok(said.includes("wrong: servers: 9 needed, 1 free of 1"), said.join("\n"));
  });
});

describe("the page about extensions", () => {
  it("names each that a store may need, and each whose attributes no store sends", () => {
    const page = readFileSync(path.join(ROOT, "docs/clouds.md"), "utf8");
    const every = [config(HAPROXY), config(MTU), config(FIREWALL)].flatMap(needed);
    for (const alias of [...every, "subnet_allocation", "dns-integration", "port-security"]) {
      assert.ok(page.includes(`\`${alias}\``), alias);
    }
  });
});

describe("what a plan sends to Neutron", function () {
  this.timeout("30s");
  const all = { ...VARIANTS, "a dev store with an MTU": ["dev", MTU] as const };
  for (const [what, [environment, changes]] of Object.entries(all)) {
    it(`takes the extensions that are asked for, and no others: ${what}`, async () => {
      const used = usedBy(await store(environment, changes));
      assert.deepEqual(used.sort(), needed(await configOf(environment, changes)));
    });
  }
});
