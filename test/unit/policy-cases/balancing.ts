import { unknownStringValue } from "@pulumi/policy/proxy";
import {
  balancer,
  type Cases,
  heat,
  http,
  https,
  instance,
  l7Policy,
  listener,
  member,
  monitor,
  named,
  ovn,
  pool,
  port,
  router,
  tags,
  userData,
  web,
  webGroup,
  webRule,
} from "./parts";

const passedOn = (protocolPort: number) =>
  listener(
    { protocol: "TCP", protocolPort, tags: tags("web") },
    named(`tcp-${protocolPort}`, { loadbalancerId: ["web"] }),
  );
const withVip = balancer({ tags: tags("web"), vipAddress: "10.20.0.10" }, named("web"));
const webPool = pool({}, named("pool", { loadbalancerId: ["web"] }));
const webMember = member({ address: "10.20.0.20", protocolPort: 80 }, named("one", { poolId: ["pool"] }));
/** A server that balances the web tier, at an address of its own. */
const haproxy = [
  port({ fixedIps: [{ ipAddress: "10.20.0.11" }] }, named("own")),
  instance({ tags: tags("web-balancer") }, named("web-balancer", { networks: ["own"] })),
];

export const BALANCING: Cases = {
  "balancing-parts-in-turn": {
    bad: [
      web,
      pool({}, named("pool", { loadbalancerId: ["web"] })),
      listener({}, named("http", { loadbalancerId: ["web"] })),
      member({}, named("one", { poolId: ["pool"] }, ["http"])),
      { ...heat(), ...named("elastic", { parameters: ["pool"] }) },
    ],
    says: /^(http changes web at the same time as pool|elastic changes web at the same time as http)$/,
    good: [
      web,
      pool({}, named("pool", { loadbalancerId: ["web"] })),
      listener({}, named("http", { loadbalancerId: ["web"] }, ["pool"])),
      monitor({}, named("monitor", { poolId: ["pool"] }, ["http"])),
      { ...heat(), ...named("elastic", { parameters: ["pool"] }, ["monitor"]) },
    ],
  },
  "balancing-members-reachable": {
    bad: [
      withVip,
      webPool,
      webMember,
      webGroup,
      { ...webRule({ remoteIpPrefix: "10.20.1.0/24" }), ...named("wrong-net", { securityGroupId: ["group"] }) },
      { ...webRule({ remoteGroupId: "balancers" }), ...named("by-group", { securityGroupId: ["group"] }) },
      { ...webRule({ portRangeMin: 81, portRangeMax: 90 }), ...named("wrong-port", { securityGroupId: ["group"] }) },
      ...haproxy,
    ],
    says: /^group does not let the balancer at 10\.20\.0\.1[01] to port 80$/,
    good: [
      withVip,
      webPool,
      { ...heat(), ...named("elastic", { parameters: ["pool"] }) },
      webGroup,
      { ...webRule({ remoteIpPrefix: "10.20.0.0/24" }), ...named("right", { securityGroupId: ["group"] }) },
      ...haproxy,
    ],
  },
  "balancing-monitored-pools": {
    bad: [pool({}, named("lonely"))],
    says: /lonely has no monitor/,
    good: [pool({}, named("pool")), monitor({}, named("monitor", { poolId: ["pool"] }))],
  },
  "balancing-monitor-timing": {
    bad: [monitor({ timeout: 10, delay: 10 })],
    says: /waits 10 s for an answer, and asks every 10 s/,
    good: [monitor({ timeout: 3, delay: 10 })],
  },
  "balancing-monitor-asks-the-shop": {
    bad: [monitor({ type: "PING" }), monitor({ type: "HTTP" })],
    says: /only sends PING|asks for no path/,
    good: [monitor({ type: "HTTP", urlPath: "/healthz" }), monitor({ type: "TCP" })],
  },
  "balancing-servers-in-pairs": {
    bad: [instance({ tags: tags("app-balancer") })],
    says: /balances alone/,
    good: [
      instance({ tags: tags("app-balancer") }, named("one")),
      instance({ tags: tags("app-balancer") }, named("other")),
      instance({}),
    ],
  },
  "balancing-enough-members": {
    bad: [
      pool({}, named("pool")),
      member({}, named("one", { poolId: ["pool"] })),
      instance({ tags: tags("app-balancer") }, named("balancer")),
      instance({ tags: tags("app") }),
    ],
    says: /pool has 1 of 2 members|finds 1 of 2 servers/,
    good: [
      pool({}, named("pool")),
      { ...heat(), ...named("store-web", { parameters: ["pool"] }) },
      instance({ tags: tags("web-balancer") }),
    ],
  },
  "balancing-clients-named": {
    bad: [listener({})],
    says: /does not say who may come/,
    good: [listener({ allowedCidrs: ["0.0.0.0/0"] }), ovn, passedOn(80)],
  },
  "balancing-no-groups-on-vip": {
    bad: [balancer({ securityGroupIds: [unknownStringValue] })],
    says: /bind nothing/,
    good: [balancer({})],
  },
  "balancing-https-for-shoppers": {
    bad: [
      web,
      http,
      balancer({ loadbalancerProvider: "ovn", tags: tags("web") }, named("other")),
      userData("bind :80", "web-balancer"),
    ],
    says: /(web|other) has no HTTPS listener|does not serve HTTPS/,
    good: [
      ovn,
      passedOn(80),
      passedOn(443),
      userData("bind :443 ssl crt x", "web-balancer"),
      instance({ tags: tags("web-balancer") }, named("unknown yet")),
    ],
  },
  "balancing-plain-http-redirected": {
    bad: [
      ovn,
      passedOn(80),
      passedOn(443),
      userData("nothing"),
      { ...userData("bind :443 ssl crt x", "web-balancer"), name: "balancer" },
    ],
    says: /(tcp-80|balancer) serves plain HTTP/,
    good: [web, http, https, userData("RewriteRule ^ https://shop")],
  },
  "balancing-provider-can-http": {
    bad: [
      balancer({ loadbalancerProvider: "ovn", tags: tags("web") }, named("web")),
      listener({ protocol: "HTTP", allowedCidrs: ["0.0.0.0/0"] }, named("http", { loadbalancerId: ["web"] })),
      l7Policy({ action: "REJECT" }, named("policy", { listenerId: ["http"] })),
      pool(
        { protocol: "TCP", lbMethod: "ROUND_ROBIN", persistence: { type: "HTTP_COOKIE" } },
        named("pool", { loadbalancerId: ["web"] }),
      ),
      monitor({ type: "HTTP" }, named("monitor", { poolId: ["pool"] })),
    ],
    says: /has (the protocol HTTP|allowedCidrs|an L7 policy|the method ROUND_ROBIN|persistence by HTTP_COOKIE|a monitor by HTTP), which/,
    good: [
      balancer({ loadbalancerProvider: "ovn" }, named("web")),
      listener({ protocol: "TCP" }, named("tcp", { loadbalancerId: ["web"] })),
      pool({ protocol: "TCP", lbMethod: "SOURCE_IP_PORT" }, named("pool", { listenerId: ["tcp"] })),
      // As the provider reads back what has none.
      pool({ protocol: "TCP", lbMethod: "SOURCE_IP_PORT", persistence: { type: "" } }, named("other")),
      pool({ protocol: "TCP", lbMethod: "SOURCE_IP_PORT", persistence: undefined }, named("third")),
      monitor({ type: "TCP" }, named("monitor", { poolId: ["pool"] })),
    ],
  },
  "balancing-one-way-out": {
    bad: [
      ovn,
      router({ externalNetworkId: "ext" }, named("edge")),
      router({ externalNetworkId: "ext" }, named("data")),
    ],
    says: /^data leads out beside edge, under a balancer of provider ovn$/,
    good: [
      ovn,
      router({ externalNetworkId: "ext" }, named("edge")),
      router({ externalNetworkId: unknownStringValue }, named("data")),
    ],
  },
  "balancing-patience": {
    bad: [listener, member, monitor].map((part) =>
      part({}, { opts: { customTimeouts: { createSeconds: 300, updateSeconds: 0, deleteSeconds: 900 } } }),
    ),
    says: /less than 600 s/,
    good: [member({})],
  },
};
