import assert from "node:assert/strict";
import { accessSchema } from "../../components/config/access-schema";
import { TIERS } from "../../components/config/schema";
import { ruleKey } from "../../components/core/security-rule";
import { ruleTable } from "../../components/features/connections";
import type { ConnectionFacts } from "../../components/features/feature";

const BASE: ConnectionFacts = {
  groups: TIERS.map((name) => ({ name, tier: name })),
  cidrs: { web: "10.20.0.0/24", app: "10.20.1.0/24", db: "10.20.2.0/24" },
  appVip: "10.20.1.10",
  database: "10.20.2.10",
  access: accessSchema.parse({}),
  dnsServers: [],
  databaseEgress: false,
  balanced: "requests",
  webServesHttps: false,
  haproxy: [],
};
const table = (changes: Partial<ConnectionFacts> = {}) => ruleTable({ ...BASE, ...changes }).map(ruleKey);

describe("security rule table", () => {
  it("lets in, by default, only the next tier's traffic", () => {
    assert.deepEqual(
      table().filter((key) => key.includes("-ingress-")),
      ["web-ingress-tcp-80-10.20.0.0/24", "app-ingress-tcp-80-10.20.1.0/24", "db-ingress-tcp-3306-10.20.1.0/24"],
    );
  });

  it("lets out, by default, only to DHCP, metadata, resolvers and the next tier", () => {
    assert.deepEqual(
      table().filter((key) => key.startsWith("web-egress-")),
      [
        "web-egress-udp-67-255.255.255.255/32",
        "web-egress-udp-67-10.20.0.0/24",
        "web-egress-tcp-80-169.254.169.254/32",
        "web-egress-udp-53-10.20.0.0/24",
        "web-egress-tcp-53-10.20.0.0/24",
        "web-egress-tcp-80-10.20.1.10/32",
      ],
    );
  });

  it("gives web no way to the database", () => {
    const keys = table({ access: accessSchema.parse({ packages: ["192.0.2.0/24"], admins: ["198.51.100.7/32"] }) });
    assert.ok(!keys.some((key) => key.startsWith("web-") && key.includes("3306")));
    assert.ok(!keys.some((key) => key.startsWith("db-ingress-tcp-3306") && !key.endsWith(BASE.cidrs.app)));
  });

  it("opens SSH to the admins' CIDRs on every tier, and to nobody else", () => {
    const ssh = table({ access: accessSchema.parse({ admins: ["198.51.100.7/32"] }) }).filter((k) =>
      k.includes("-22-"),
    );
    assert.deepEqual(
      ssh,
      ["web", "app", "db"].map((tier) => `${tier}-ingress-tcp-22-198.51.100.7/32`),
    );
  });

  it("lets the database out to mirrors, time and endpoints only when its router has a gateway", () => {
    const access = accessSchema.parse({
      packages: ["192.0.2.0/24"],
      ntp: ["192.0.2.1/32"],
      services: ["192.0.2.2/32"],
    });
    const out = (databaseEgress: boolean) =>
      table({ access, databaseEgress }).filter((key) => key.startsWith("db-egress-") && key.includes("192.0.2."));
    assert.deepEqual(out(false), []);
    assert.deepEqual(out(true).sort(), [
      "db-egress-tcp-443-192.0.2.0/24",
      "db-egress-tcp-443-192.0.2.2/32",
      "db-egress-tcp-80-192.0.2.0/24",
      "db-egress-udp-123-192.0.2.1/32",
    ]);
  });

  it("opens the endpoints' own ports to app servers, and to no other tier", () => {
    const access = accessSchema.parse({ services: ["192.0.2.2/32"] });
    const out = (servicePorts?: readonly number[]) =>
      table({ access, databaseEgress: true, servicePorts }).filter((key) => key.includes("192.0.2.2"));
    assert.deepEqual(out(), ["app-egress-tcp-443-192.0.2.2/32", "db-egress-tcp-443-192.0.2.2/32"]);
    assert.deepEqual(out([5000, 8080]), [
      "app-egress-tcp-5000-192.0.2.2/32",
      "app-egress-tcp-8080-192.0.2.2/32",
      "db-egress-tcp-443-192.0.2.2/32",
    ]);
  });

  it("lets shoppers themselves in where balancers pass their connections on, and the balancers' checks", () => {
    const access = accessSchema.parse({ shoppers: ["198.51.100.0/24"] });
    const keys = table({ access, balanced: "connections", webServesHttps: true });
    assert.deepEqual(
      keys.filter((key) => key.includes("-ingress-")),
      [
        "web-ingress-tcp-80-198.51.100.0/24",
        "web-ingress-tcp-80-10.20.0.0/24",
        "web-ingress-tcp-443-198.51.100.0/24",
        "web-ingress-tcp-443-10.20.0.0/24",
        "app-ingress-tcp-80-10.20.0.0/24",
        "app-ingress-tcp-80-10.20.1.0/24",
        "db-ingress-tcp-3306-10.20.1.0/24",
      ],
    );
    assert.ok(keys.includes("web-egress-tcp-80-10.20.1.0/24"));
  });

  it("never holds the same rule twice, which Neutron answers with 409", () => {
    const access = accessSchema.parse({ packages: ["192.0.2.0/24"], services: ["192.0.2.0/24"] });
    const keys = table({ access, databaseEgress: true });
    assert.equal(new Set(keys).size, keys.length);
  });
});
