import assert from "node:assert/strict";
import { parse } from "yaml";
import { validated } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import type { ReferencedStore } from "../../components/store-reference";
import { Bastion } from "../../examples/bastion/bastion";
import { dashboardSchema } from "../../examples/dashboard/config";
import { consoles } from "../../examples/dashboard/consoles";
import { Dashboard } from "../../examples/dashboard/dashboard";
import { prometheusConfig } from "../../examples/dashboard/prometheus";
import { portOf } from "../../examples/dashboard/rules";
import { operations } from "../support/consumer-roles";
import { facts } from "../support/facts";
import { type Recorder, record } from "../support/recorder";

const STACK_FILE = {
  store: "organization/ecommerce/dev",
  server: { image: "debian-12", flavor: "m1.small" },
  access: { admins: ["198.51.100.0/24"], packages: ["203.0.113.1/32"], services: ["203.0.113.2/32"] },
};
const config = validated(dashboardSchema, "dashboard", STACK_FILE);

const rulesOf = (recorder: Recorder, group: string) =>
  recorder
    .of("networking/secGroupRule:SecGroupRule")
    .filter(({ inputs }) => inputs.securityGroupId === group)
    .map(({ inputs }) => `${inputs.direction} ${inputs.portRangeMin} ${inputs.remoteIpPrefix}`);

describe("a bastion on a store", () => {
  const build = (store: ReferencedStore = facts()) => {
    const naming = new Naming("bastion", "dev");
    return record(() => new Bastion("bastion", { config, imageId: "image-id", appMtu: 1442, store, naming }));
  };

  it("enters each tier from the leg that leads there", async () => {
    const { recorder } = await build();
    assert.deepEqual(rulesOf(recorder, "web-group"), ["ingress 22 address-of-bastion/32"]);
    for (const group of ["app-group", "db-group"]) {
      assert.deepEqual(rulesOf(recorder, group), ["ingress 22 address-of-bastion-app-leg/32"]);
    }
    const server = recorder.one("compute/instance:Instance", "bastion");
    assert.deepEqual(server.networks, [{ port: "id-of-bastion" }, { port: "id-of-bastion-app-leg" }]);
    assert.equal(recorder.one("networking/floatingIp:FloatingIp", "bastion").portId, "id-of-bastion");
  });

  it("speaks to the tiers by SSH only, and lets in its admins only", async () => {
    const rules = rulesOf((await build()).recorder, "id-of-bastion-server");
    assert.deepEqual(
      rules.filter((rule) => / 22 /.test(rule)),
      ["ingress 22 198.51.100.0/24", "egress 22 10.20.0.0/24", "egress 22 10.20.1.0/24", "egress 22 10.20.2.0/24"],
    );
    assert.ok(!rules.some((rule) => rule.includes("0.0.0.0/0") || / 3306 /.test(rule)));
  });

  it("has one default route: its second leg gets an address and the route to the database, and no more", async () => {
    const network = async (store?: ReferencedStore) => {
      const { recorder } = await build(store);
      const { write_files: files } = parse(String(recorder.one("compute/instance:Instance", "bastion").userData));
      return String(files.find(({ path }: { path: string }) => path.endsWith("05-ecommerce-app.network"))?.content);
    };
    const usual = await network();
    assert.match(usual, /^Address=address-of-bastion-app-leg\/24$/m);
    assert.match(usual, /\[Route\]\nDestination=10\.20\.2\.0\/24\nGateway=10\.20\.1\.2\n$/);
    assert.equal(usual.match(/Gateway=/g)?.length, 1);
    assert.doesNotMatch(await network({ ...facts(), databaseRoute: undefined }), /Route/);
  });
});

describe("a dashboard on a store", () => {
  const endpoints = {
    identity: "https://cloud.example.com:5000/v3",
    compute: "https://cloud.example.com:8774/v2.1",
    "object-store": "https://swift.example.com/v1/AUTH_x",
  };
  const build = () => {
    const cloud = { imageId: "image-id", region: "RegionOne", endpoints };
    const naming = new Naming("dashboard", "dev");
    return record(() => new Dashboard("dashboard", { config, cloud, store: facts(), naming }));
  };

  it("may speak to the database, to the servers' health, and to the endpoints that it needs", async () => {
    const { recorder } = await build();
    const rules = rulesOf(recorder, "id-of-dashboard-server");
    for (const rule of [
      "egress 3306 10.20.2.10/32",
      "egress 80 10.20.0.0/24",
      "egress 80 203.0.113.17/32",
      "egress 5000 203.0.113.2/32",
      "egress 8774 203.0.113.2/32",
      "egress 443 203.0.113.2/32",
    ]) {
      assert.ok(rules.includes(rule), rule);
    }
    assert.deepEqual(
      rules.filter((rule) => rule.startsWith("ingress")),
      ["ingress 22 198.51.100.0/24"],
    );
    assert.deepEqual(rulesOf(recorder, "web-group"), ["ingress 80 address-of-dashboard/32"]);
    assert.deepEqual(rulesOf(recorder, "db-group"), []);
  });

  it("observes with the role reader, and uploads with a key of its own container", async () => {
    const { recorder } = await build();
    assert.deepEqual(recorder.one("identity/applicationCredential:ApplicationCredential", "dashboard").roles, [
      "reader",
    ]);
    const container = recorder.one("objectstorage/container:Container", "dashboard");
    assert.equal(Object(container.metadata)["Temp-URL-Key"], "generated");
  });

  it("names every mistake of its stack file at once", () => {
    const wrong = { ...STACK_FILE, store: "", access: { admins: [], packages: [] }, tablePrefix: "oc-" };
    assert.throws(
      () => validated(dashboardSchema, "dashboard", { ...wrong, tables: "x" }),
      ({ message }: Error) => {
        assert.match(message, /configuration has 5 mistakes/);
        for (const key of ["store", "access.admins", "access.packages", "tablePrefix", "tables"]) {
          assert.ok(message.includes(`dashboard:${key} `), key);
        }
        return true;
      },
    );
  });

  it("keeps what holds a secret for root and Prometheus", async () => {
    const { bootFiles } = await operations();
    const secret = bootFiles.filter(({ content }) => /Key_of|Credential_secret|Reader_password/.test(content));
    assert.equal(secret.length, 3);
    for (const { path, mode } of secret) assert.equal(mode, "0640", path);
  });

  it("looks for the servers of its own store only", () => {
    const cloud = { identityEndpoint: "i", region: "r", credentialId: "c", credentialSecret: "s" };
    const { scrape_configs: jobs } = prometheusConfig({ store: "shop-dev", storefrontUrl: "http://x/", cloud });
    const kept = JSON.stringify(jobs.find(({ job_name: name }) => name === "app"));
    assert.match(kept, /"regex":"shop-dev-app-\.\+","action":"keep"/);
  });

  it("has every page link to every other", () => {
    const pages = consoles("shop-dev");
    for (const page of Object.values(pages)) {
      for (const name of Object.keys(pages)) assert.ok(page.includes(`href="${name}"`));
    }
  });

  it("knows the port of an address", () => {
    assert.deepEqual(["http://a/", "https://a/", "http://a:8080/x"].map(portOf), [80, 443, 8080]);
  });
});
