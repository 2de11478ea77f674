/** Load balancers that notice what is dead, and say so in HTTPS. */
import { partsOf } from "../graph";
import { isGiven, type SeenInStore, type Store, tierOf } from "../resources";
import { resourceRule, storeRule } from "../rule";
import { balancersOf } from "./balancing-servers";
import { keepsClients, passesClientsOn } from "./connections";
import { elasticGroups } from "./heat-template";

const BALANCER = "openstack:loadbalancer/loadBalancer:LoadBalancer";
const LISTENER = "openstack:loadbalancer/listener:Listener";
const MEMBER = "openstack:loadbalancer/member:Member";
const MEMBERS = "openstack:loadbalancer/members:Members";
const MONITOR = "openstack:loadbalancer/monitor:Monitor";
const POOL = "openstack:loadbalancer/pool:Pool";
const ROUTER = "openstack:networking/router:Router";

export const monitoredPools = storeRule({
  name: "balancing-monitored-pools",
  concern: "balancing",
  severity: "high",
  reason: "Without a monitor a pool sends shoppers to servers that are dead.",
  remediation: "give the pool a `loadbalancer.Monitor`.",
  judgeStore: (store, report) => {
    const monitored = new Set(store.of(MONITOR).flatMap((monitor) => monitor.sources("poolId").map(({ urn }) => urn)));
    for (const pool of store.of(POOL)) if (!monitored.has(pool.urn)) report("has no monitor", pool);
  },
});

export const monitorTiming = resourceRule({
  name: "balancing-monitor-timing",
  concern: "balancing",
  severity: "medium",
  reason: "A check that may take longer than the time until the next one piles up, and some providers refuse it.",
  remediation: "keep `monitor.timeout` below `monitor.delay`.",
  on: [MONITOR],
  judge: ({ props: { timeout, delay } }, report) => {
    if (Number(timeout) >= Number(delay)) report(`waits ${timeout} s for an answer, and asks every ${delay} s`);
  },
});

export const monitorAsksTheShop = resourceRule({
  name: "balancing-monitor-asks-the-shop",
  concern: "balancing",
  severity: "medium",
  reason: "A server that answers PING or accepts a connection may still serve errors.",
  remediation: "use type HTTP with a `urlPath` that proves the whole chain, such as /healthz.",
  on: [MONITOR],
  judge: ({ props: { type, urlPath } }, report) => {
    if (type === "PING") report("only sends PING");
    if ((type === "HTTP" || type === "HTTPS") && (!urlPath || urlPath === "/")) report("asks for no path of its own");
  },
});

/** How many members a pool gets: its own, and the fewest of an elastic group. */
function membersOf(store: Store, pool: SeenInStore): number {
  const isMine = (property: string) => (resource: SeenInStore) =>
    resource.sources(property).some(({ urn }) => urn === pool.urn);
  const lists = store.of(MEMBERS).filter(isMine("poolId"));
  return (
    store.of(MEMBER).filter(isMine("poolId")).length +
    lists.reduce((sum, { props }) => sum + (props.members?.length ?? 0), 0) +
    elasticGroups(store.resources.filter(isMine("parameters"))).reduce((sum, { min }) => sum + min, 0)
  );
}

/** How many servers a tier has: those of the program, and the fewest of an elastic group. */
function serversOf(store: Store, tier: "web" | "app"): number {
  const own = store.of("openstack:compute/instance:Instance").filter((server) => tierOf(server) === tier);
  const elastic = elasticGroups(store.resources).filter((group) => group.tier === tier);
  return own.length + elastic.reduce((sum, { min }) => sum + min, 0);
}

export const enoughMembers = storeRule({
  name: "balancing-enough-members",
  concern: "balancing",
  severity: "high",
  reason: "A pool with a single member is down whenever that member is.",
  remediation: "raise `count`, or `scaling.min`, of the tier.",
  parameters: {
    schema: { least: { type: "integer", minimum: 1, description: "members of every pool" } },
    defaults: { least: 2 },
  },
  judgeStore: (store, report, { least }) => {
    for (const pool of store.of(POOL)) {
      const members = membersOf(store, pool);
      if (members < least) report(`has ${members} of ${least} members`, pool);
    }
    for (const tier of ["web", "app"] as const) {
      const [balancer] = balancersOf(store, tier);
      const servers = serversOf(store, tier);
      if (balancer && servers < least) report(`finds ${servers} of ${least} servers`, balancer);
    }
  },
});

export const clientsNamed = storeRule({
  name: "balancing-clients-named",
  concern: "balancing",
  severity: "medium",
  reason: "Only the listener's `allowedCidrs` say who may come; groups on the VIP port bind no amphora.",
  remediation: "set `allowedCidrs`, to 0.0.0.0/0 where everybody is meant.",
  judgeStore: (store, report) => {
    const listeners = store.of(LISTENER).filter((listener) => !passesClientsOn(listener));
    for (const listener of listeners)
      if (!listener.props.allowedCidrs?.length) report("does not say who may come", listener);
  },
});

export const noGroupsOnVip = resourceRule({
  name: "balancing-no-groups-on-vip",
  concern: "balancing",
  severity: "medium",
  reason: "Security groups of a balancer change its VIP port alone; the amphora behind it has a group of Octavia's.",
  remediation: "use the listener's `allowedCidrs`.",
  on: [BALANCER],
  judge: ({ props }, report) => {
    if (props.securityGroupIds?.length) report("relies on security groups that bind nothing");
  },
});

export const inPairs = storeRule({
  name: "balancing-servers-in-pairs",
  concern: "balancing",
  severity: "high",
  reason: "A single balancer is a store that is down whenever that one server is.",
  remediation: "give each balancer two servers, and a port of its own for the address that they share.",
  judgeStore: (store, report) => {
    for (const tier of ["web", "app"] as const) {
      const servers = balancersOf(store, tier);
      if (servers.length === 1) report("balances alone", servers[0]);
    }
  },
});

export const providerCanHttp = storeRule({
  name: "balancing-provider-can-http",
  concern: "balancing",
  severity: "high",
  reason:
    "Octavia's OVN provider has no HTTP, TLS, persistence, round robin, HTTP monitors or allowed CIDRs: the create fails halfway.",
  remediation: "use the amphora provider, or TCP with SOURCE_IP_PORT throughout.",
  judgeStore: (store, report) => {
    for (const [balancer, parts] of partsOf(store)) {
      if (!keepsClients(balancer)) continue;
      for (const part of parts) {
        for (const what of beyondOvn(part)) report(`has ${what}, which provider ovn cannot`, part);
      }
    }
  },
});

function beyondOvn(part: SeenInStore): string[] {
  const { kind, props } = part;
  if (kind === "openstack:loadbalancer/l7PolicyV2:L7PolicyV2") return ["an L7 policy"];
  const protocol = "protocol" in props ? String(props.protocol) : "";
  return [
    ...(/HTTP/.test(protocol) ? [`the protocol ${protocol}`] : []),
    ...("lbMethod" in props && props.lbMethod !== "SOURCE_IP_PORT" ? [`the method ${props.lbMethod}`] : []),
    ...("persistence" in props && props.persistence?.type ? [`persistence by ${props.persistence.type}`] : []),
    ...(isGiven(part, "allowedCidrs") ? ["allowedCidrs"] : []),
    ...(kind === MONITOR && "type" in props && /HTTP/.test(String(props.type)) ? [`a monitor by ${props.type}`] : []),
  ];
}

export const oneWayOut = storeRule({
  name: "balancing-one-way-out",
  concern: "balancing",
  severity: "high",
  reason:
    "OVN puts a balancer on every router of its networks, and each that leads out answers for the shop's address.",
  remediation: "take the gateway from all routers but one (`database.egress: false`), or choose another provider.",
  judgeStore: (store, report) => {
    const [edge, ...others] = store.of(ROUTER).filter((router) => isGiven(router, "externalNetworkId"));
    if (!edge || !store.resources.some(keepsClients)) return;
    for (const router of others) report(`leads out beside ${edge.name}, under a balancer of provider ovn`, router);
  },
});

/** Seconds. Octavia may build and fail over a balancer before it answers. */
const PATIENCE = 600;

export const patience = resourceRule({
  name: "balancing-patience",
  concern: "balancing",
  severity: "low",
  reason: "Octavia takes minutes where amphorae are built; the provider's own 5 and 10 minutes end with half a store.",
  remediation: "set `customTimeouts` of 10 minutes or more.",
  on: [BALANCER, LISTENER, POOL, MONITOR, MEMBER],
  judge: ({ opts: { customTimeouts } }, report) => {
    const { createSeconds, deleteSeconds } = customTimeouts;
    if (Math.min(createSeconds, deleteSeconds) < PATIENCE) report(`gives Octavia less than ${PATIENCE} s`);
  },
});
