import assert from "node:assert/strict";
import path from "node:path";
import type { PreviewOptions, Stack } from "@pulumi/pulumi/automation";
import { ROOT } from "../../toolchain/paths";
import { timed } from "../support/figures";
import { failure, openLab, type TestLab } from "../support/lab";
import { SMALLEST } from "../support/stack-files";

const PACK = path.join(ROOT, "policy");
const TLS = { container: "storefront", hsts: 31_536_000 };
const HAPROXY = {
  driver: "haproxy",
  servers: { image: "debian-12", flavor: "m1.small" },
  tls: TLS,
  web: { algorithm: "LEAST_CONNECTIONS", persistence: { type: "SOURCE_IP" } },
};

interface Planned {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What a preview would make, what the policies say of it, and all that it prints. */
async function plan(stack: Stack, opts: PreviewOptions = {}) {
  const planned: Planned[] = [];
  const violations: string[] = [];
  let printed = "";
  const { changeSummary } = await stack.preview({
    ...opts,
    onOutput: (text) => {
      printed += text;
    },
    onEvent: ({ resourcePreEvent, policyEvent }) => {
      if (policyEvent) violations.push(`${policyEvent.policyName}: ${policyEvent.message}`);
      const next = resourcePreEvent?.metadata.new;
      if (next) planned.push({ type: next.type, name: next.urn.split("::").at(-1) ?? "", inputs: next.inputs });
    },
  });
  return { planned, violations, printed, changeSummary };
}

function changes(summary: Readonly<Record<string, number | undefined>> | undefined) {
  const { same, ...others } = summary ?? {};
  return others;
}

const config = (balancing: object, others: object = {}) => ({ "ecommerce:balancing": balancing, ...others });
/** OVN's balancers allow no second way out: the database is baked. */
const BAKED = {
  "ecommerce:boot": { mode: "image" },
  "ecommerce:database": {
    image: "ubuntu-24.04",
    flavor: "m1.large",
    volume: { size: 100, type: "lab-ssd", onDestroy: "refuse" },
  },
};
/** Judged as the store to keep is, whose every rule is mandatory. */
const JUDGED = { policyPacks: [PACK], policyPackConfigs: [path.join(PACK, "prod.json")] };

describe("a store behind Octavia's OVN provider, planned on the lab", function () {
  this.timeout("5m");
  let lab: TestLab;

  before(async () => {
    lab = await openLab();
  });

  it("is refused what connections do not have, before any call", async () => {
    const balancing = {
      provider: "ovn",
      web: { algorithm: "LEAST_CONNECTIONS", persistence: { type: "HTTP_COOKIE" } },
    };
    const text = await failure((onOutput) =>
      lab.open("refused", config(balancing)).then((stack) => stack.preview({ onOutput })),
    );
    assert.match(text, /balancing\.web\.algorithm is "LEAST_CONNECTIONS"; it must be SOURCE_IP_PORT with provider ovn/);
    assert.match(text, /balancing\.web\.persistence\.type is "HTTP_COOKIE";[^\n]*or balancing\.driver haproxy/);
  });

  it("has TCP from end to end, elastic groups in both pools, and passes every policy in a first preview", async () => {
    const stack = await lab.open("ovn", config({ provider: "ovn", tls: TLS }, BAKED), {}, "Pulumi.prod.yaml");
    const { planned, violations } = await plan(stack, JUDGED);
    assert.deepEqual(violations, []);
    const of = (type: string) => planned.filter((one) => one.type.endsWith(`:${type}`));
    assert.deepEqual(
      of("Listener")
        .map(({ name, inputs }) => `${name} ${inputs.protocol} ${inputs.protocolPort}`)
        .sort(),
      ["store-app TCP 80", "store-web TCP 80", "store-web-https TCP 443"],
    );
    const web = of("StackV1").find(({ name }) => name.endsWith("-web"));
    assert.match(JSON.stringify(web?.inputs.templateOpts), /https_pool_port/);
  });

  it("reads the private key out of Barbican, and shows it to nobody", async () => {
    const balancing = config({ provider: "ovn", tls: TLS }, { ...BAKED, "ecommerce:web": SMALLEST.web });
    const stack = await lab.open("ovn-static", balancing, {}, "Pulumi.prod.yaml");
    const { planned, printed, violations } = await plan(stack, { ...JUDGED, diff: true });
    assert.deepEqual(violations, []);
    const servers = planned.filter(({ type }) => type.endsWith(":Instance"));
    const shown = (name: string) => JSON.stringify(servers.find((one) => one.name.endsWith(name))?.inputs.userData);
    assert.match(shown("-web-1"), /\[secret\]|4dabf18193072939515e22adb298388d/);
    assert.ok(!printed.includes("PRIVATE KEY"));
  });
});

describe("a store that HAProxy balances, on the lab", function () {
  this.timeout("15m");
  let lab: TestLab;
  let stack: Stack;

  before(async () => {
    lab = await openLab();
    stack = await lab.open("haproxy", config(HAPROXY));
  });

  it("passes every policy in a first preview on an empty cloud", async () => {
    const groups = { "ecommerce:web": SMALLEST.web };
    const kept = await lab.open("haproxy-kept", config(HAPROXY, groups), {}, "Pulumi.prod.yaml");
    assert.deepEqual((await plan(kept, JUDGED)).violations, []);
  });

  it("comes up with two servers for each balancer, and needs no Octavia", async () => {
    await timed("up with HAProxy, from an empty cloud", () => stack.up());
    const servers = await lab.member.list("servers");
    const balancers = servers.filter(({ name }) => String(name).includes("-balancer-"));
    assert.deepEqual(balancers.map(({ name, status }) => `${name} ${status}`).sort(), [
      "ecommerce-haproxy-app-balancer-1 ACTIVE",
      "ecommerce-haproxy-app-balancer-2 ACTIVE",
      "ecommerce-haproxy-web-balancer-1 ACTIVE",
      "ecommerce-haproxy-web-balancer-2 ACTIVE",
    ]);
    assert.equal(servers.length, 9);
    assert.deepEqual(await lab.member.list("loadbalancers"), []);
  });

  it("shares one address between two ports, and leads the floating IP to it", async () => {
    const ports = await lab.member.list("ports");
    const named = (name: string) => ports.find((port) => port.name === `ecommerce-haproxy-${name}`);
    const address = (name: string) => JSON.stringify(named(name)?.fixed_ips);
    assert.match(address("web-balancer-vip"), /10\.20\.0\.10/);
    for (const number of [1, 2]) {
      const pairs = named(`web-balancer-${number}`)?.allowed_address_pairs;
      assert.match(JSON.stringify(pairs), /"ip_address":"10\.20\.0\.10"/);
      assert.match(address(`web-balancer-${number}`), new RegExp(`10\\.20\\.0\\.1${number}`));
    }
    const [floating] = await lab.member.list("floatingips");
    assert.equal(floating?.fixed_ip_address, "10.20.0.10");
    assert.equal(floating?.port_id, named("web-balancer-vip")?.id);
    const { storefrontUrl, loadBalancerIds, balancerServerIds } = await stack.outputs();
    assert.equal(storefrontUrl?.value, `https://${floating?.floating_ip_address}/`);
    assert.deepEqual(loadBalancerIds?.value, {});
    assert.equal(balancerServerIds?.value.web.length, 2);
  });

  it("gives servers addresses that HAProxy looks at", async () => {
    const ports = (await lab.member.list("ports")).filter(({ name }) => /-(web|app)-\d$/.test(String(name)));
    assert.equal(ports.length, 4);
    for (const { fixed_ips: addresses } of ports) {
      const last = Number(/"ip_address":"10\.20\.[01]\.(\d+)"/.exec(JSON.stringify(addresses))?.[1]);
      assert.ok(last >= 16 && last < 48, JSON.stringify(addresses));
    }
  });

  it("finds nothing to do afterwards", async () => {
    assert.deepEqual(changes((await stack.preview()).changeSummary), {});
    assert.deepEqual(changes((await stack.refresh()).summary.resourceChanges), {});
  });

  it("leaves the balancers alone when a server joins", async () => {
    const web = { "ecommerce:web": { ...SMALLEST.web, count: 3 } };
    const { planned, changeSummary } = await plan(await lab.open("haproxy", config(HAPROXY, web)));
    const { create, update, ...others } = changes(changeSummary);
    assert.deepEqual(others, {});
    assert.equal(create, 3);
    assert.ok((update ?? 0) <= 1);
    assert.ok(planned.length > 0);
    await lab.open("haproxy", config(HAPROXY));
  });

  it("goes, and leaves nothing behind", async () => {
    await timed("destroy with HAProxy", () => stack.destroy({ remove: true }));
    assert.deepEqual(await lab.member.everything(), {});
  });
});
