/** Which parts may reach which others, and how. */
import { isGiven, isKind, type Props, type SeenInStore, type Store, tierOf } from "../resources";
import { resourceRule, storeRule } from "../rule";
import { protocolOf } from "../spelling/neutron";
import { admits, isWorld } from "./addresses";
import { keepsClients, passesClientsOn } from "./connections";

const RULE = "openstack:networking/secGroupRule:SecGroupRule";
type RuleProps = Props<typeof RULE>;

const isIngressFromWorld = ({ direction, remoteGroupId, remoteIpPrefix }: RuleProps) =>
  direction === "ingress" && !remoteGroupId && isWorld(remoteIpPrefix);

const from = ({ remoteIpPrefix }: RuleProps) => remoteIpPrefix || "everywhere";

function neverFromTheWorld(name: string, what: string, ports: readonly number[], covers: readonly string[]) {
  return resourceRule({
    name,
    concern: "network",
    severity: "critical",
    reason: `${what} that the whole world reaches is attacked within minutes.`,
    remediation: "name the CIDRs that need it in `access.admins`, or reach it through a server inside.",
    covers,
    on: [RULE],
    judge: ({ props }, report) => {
      const open = ports.filter((port) => admits(props, port));
      if (isIngressFromWorld(props) && open.length > 0) report(`admits ${from(props)} to port ${open.join(", ")}`);
    },
  });
}

export const noSshFromTheWorld = neverFromTheWorld(
  "network-no-ssh-from-the-world",
  "SSH",
  [22],
  ["CKV_OPENSTACK_2", "OPNSTK-0003"],
);
export const noRdpFromTheWorld = neverFromTheWorld(
  "network-no-rdp-from-the-world",
  "RDP",
  [3389],
  ["CKV_OPENSTACK_3", "OPNSTK-0003"],
);
export const noDatabaseFromTheWorld = neverFromTheWorld(
  "network-no-database-from-the-world",
  "A database or cache",
  [1433, 1521, 3306, 5432, 6379, 9200, 11_211, 27_017, 33_060],
  ["OPNSTK-0003"],
);

const PUBLIC_PORTS = new Set([80, 443]);

export const noIngressFromTheWorld = storeRule({
  name: "network-no-ingress-from-the-world",
  concern: "network",
  severity: "high",
  reason: "Servers stand behind balancers; only what shoppers' connections reach takes requests from everywhere.",
  remediation: "admit the balancer's subnet, and open the listener's `allowedCidrs` instead (`access.shoppers`).",
  covers: ["OPNSTK-0003"],
  judgeStore: (store, report) => {
    for (const rule of store.of(RULE)) {
      const { protocol, portRangeMin: low, portRangeMax: high, ...ends } = givenOf(rule);
      if (!isIngressFromWorld(ends) || isForShoppers(store, rule)) continue;
      const ports = low || high ? `port ${low === high ? low : `${low ?? 0}-${high ?? 65_535}`}` : "every port";
      report(`admits ${from(ends)} to ${ports} of ${protocol ?? "every protocol"}`, rule);
    }
  },
});

/** Without what Neutron fills in: in the plan of a whole store it is unknown, and looks as if it were given. */
function givenOf(rule: SeenInStore<typeof RULE>): RuleProps {
  return Object.fromEntries(Object.entries(rule.props).filter(([property]) => isGiven(rule, property)));
}

const TCP = 6;

/** The shop's own ports of servers that balance, or of web servers whose balancer passes connections on as they are. */
function isForShoppers(store: Store, rule: SeenInStore<typeof RULE>): boolean {
  const { protocol, portRangeMin: low, portRangeMax: high } = rule.props;
  const isPublic = protocolOf(protocol) === TCP && low === high && PUBLIC_PORTS.has(Number(low));
  const isOf = (part: string) => rule.sources("securityGroupId").some((group) => tierOf(group) === part);
  const isPassedOn = store.resources.some((resource) => keepsClients(resource) && tierOf(resource) === "web");
  return isPublic && (isOf("web-balancer") || (isOf("web") && isPassedOn));
}

export const noEgressToTheWorld = resourceRule({
  name: "network-no-egress-to-the-world",
  concern: "network",
  severity: "high",
  reason: "A server that reaches everything can carry data anywhere, and fetch tools from anywhere.",
  remediation:
    "name mirrors, time servers, endpoints, relay and payment gateways in `access.packages`, `.ntp`, `.services`, `.mail` and `.payments`.",
  covers: ["OPNSTK-0004"],
  on: [RULE],
  judge: ({ props }, report) => {
    const { direction, remoteGroupId, remoteIpPrefix } = props;
    if (direction === "egress" && !remoteGroupId && isWorld(remoteIpPrefix))
      report(`lets servers reach ${from(props)}`);
  },
});

export const noDefaultEgress = resourceRule({
  name: "network-no-default-egress",
  concern: "network",
  severity: "high",
  reason: "Neutron gives every new group two rules that let everything out.",
  remediation: "set `deleteDefaultRules: true`.",
  covers: ["OPNSTK-0004"],
  on: ["openstack:networking/secGroup:SecGroup"],
  judge: ({ props }, report) => {
    if (props.deleteDefaultRules !== true) report("keeps Neutron's default egress to everywhere");
  },
});

export const describedGroups = resourceRule({
  name: "network-described-groups",
  concern: "network",
  severity: "low",
  reason: "Nobody dares to remove a rule that nobody can explain.",
  remediation: "say in `description` why it is there.",
  covers: ["OPNSTK-0005"],
  on: ["openstack:networking/secGroup:SecGroup", RULE],
  judge: ({ props }, report) => {
    if (!props.description?.trim()) report("has no description");
  },
});

export const publicListeners = storeRule({
  name: "network-public-listeners",
  concern: "network",
  severity: "critical",
  reason: "The store is public on ports 80 and 443 of the web balancer, and nowhere else.",
  remediation: "give the listener `allowedCidrs` of the tier before it.",
  judgeStore: (store, report) => {
    for (const listener of store.of("openstack:loadbalancer/listener:Listener")) {
      const { protocolPort } = listener.props;
      // The provider says null where the program says nothing.
      const allowedCidrs = listener.props.allowedCidrs ?? [];
      const open = allowedCidrs.length === 0 || allowedCidrs.some((cidr) => isWorld(cidr));
      if (!open || (tierOf(listener) === "web" && PUBLIC_PORTS.has(Number(protocolPort)))) continue;
      // There the members' security groups say who may come.
      if (passesClientsOn(listener)) continue;
      report(`takes requests from everywhere on port ${protocolPort}`, listener);
    }
  },
});

const ASSOCIATE = "openstack:networking/floatingIpAssociate:FloatingIpAssociate";
const PUBLIC_PARTS = new Set(["web", "web-balancer"]);
const FLOATING = "openstack:networking/floatingIp:FloatingIp";

export const floatingIpsOnWeb = storeRule({
  name: "network-floating-ips-on-web-only",
  concern: "network",
  severity: "critical",
  reason: "A floating IP on a private tier goes round the balancer and its rules.",
  remediation:
    "associate floating IPs with the web balancer's VIP port, or with ports of this program that are tagged as of tier web; name parts of other stacks, such as `server` of `examples/bastion`, in the parameter `parts`.",
  parameters: {
    schema: {
      parts: {
        type: "array",
        items: { type: "string" },
        description: "parts of stacks beside the store, by the end of their ports' tags, that may have a floating IP",
      },
    },
    defaults: { parts: [] as string[] },
  },
  judgeStore: (store, report, { parts }) => {
    for (const resource of [...store.of(ASSOCIATE), ...store.of(FLOATING)]) {
      const ports = resource.sources("portId");
      for (const port of ports) {
        const tier = tierOf(port);
        if (tier === undefined && isPart(port, parts)) continue;
        if (tier === undefined) report(`leads to ${port.name}, whose tags name no tier`, resource);
        else if (!PUBLIC_PARTS.has(tier)) report(`leads to ${port.name} of the private tier ${tier}`, resource);
      }
      if (ports.length === 0 && isGiven(resource, "portId") && !isAssociated(store, resource))
        report(`leads to the port ${resource.props.portId} by its id, which says nothing of its tier`, resource);
    }
  },
});

function isPart({ props }: SeenInStore, parts: readonly string[]): boolean {
  const tags: readonly unknown[] = "tags" in props && Array.isArray(props.tags) ? props.tags : [];
  return tags.some((tag) => parts.some((part) => String(tag).endsWith(`-${part}`)));
}

/** Whether an association of the program's gave a floating IP its port: then the cloud says which it is. */
function isAssociated(store: Store, address: SeenInStore): boolean {
  return isKind(address, FLOATING) && store.of(ASSOCIATE).some((one) => one.sources("floatingIp").includes(address));
}

export const databaseWayOut = storeRule({
  name: "network-database-way-out",
  concern: "network",
  severity: "high",
  reason: "The database's network has no way out, unless somebody wanted one.",
  remediation: "set the parameter `declared` where `database.egress` is wanted, or take the router's gateway away.",
  parameters: {
    schema: { declared: { type: "boolean", description: "the database's router may have a gateway" } },
    defaults: { declared: false },
  },
  judgeStore: (store, report, { declared }) => {
    if (declared) return;
    for (const routerInterface of store.of("openstack:networking/routerInterface:RouterInterface")) {
      const ends = [...routerInterface.sources("subnetId"), ...routerInterface.sources("portId")];
      const isOfDatabase = ends.some((end) => tierOf(end) === "db");
      const router = routerInterface.sources("routerId").find((source) => isGiven(source, "externalNetworkId"));
      if (isOfDatabase && router)
        report(`joins the database's network to ${router.name}, which leads out`, routerInterface);
    }
  },
});

const FIREWALL_RULES = ["openstack:firewall/rule:Rule", "openstack:firewall/ruleV2:RuleV2"] as const;
type FirewallRule = Props<(typeof FIREWALL_RULES)[number]>;

/** Shoppers' connections to a named end, or the replies: the world is one end of them, the shop's own port at the other. */
function isOfShoppers(rule: FirewallRule): boolean {
  if (protocolOf(rule.protocol) !== TCP) return false;
  const isPort = (port: string | undefined) => port !== undefined && PUBLIC_PORTS.has(Number(port));
  const [source, destination] = [isWorld(rule.sourceIpAddress), isWorld(rule.destinationIpAddress)];
  return source ? !destination && isPort(rule.destinationPort) : isPort(rule.sourcePort);
}

export const noOpenFirewallRules = resourceRule({
  name: "network-no-open-firewall-rules",
  concern: "network",
  severity: "high",
  reason: "A firewall rule that allows everything from or to everywhere protects nothing.",
  remediation:
    "name source and destination; the world may only be the other end of one host's or network's ports 80 and 443.",
  covers: ["CKV_OPENSTACK_5", "OPNSTK-0002"],
  on: FIREWALL_RULES,
  judge: ({ props }, report) => {
    const { action, sourceIpAddress, destinationIpAddress, enabled } = props;
    const open = isWorld(destinationIpAddress) || isWorld(sourceIpAddress);
    if (enabled !== false && action === "allow" && open && !isOfShoppers(props)) report("allows everything");
  },
});

export const firewallsAtWork = resourceRule({
  name: "network-firewalls-at-work",
  concern: "network",
  severity: "medium",
  reason: "A firewall group that is switched off, or on no port, looks like protection and is none.",
  remediation: "give it the router's ports, and leave `adminStateUp` alone.",
  on: ["openstack:firewall/groupV2:GroupV2"],
  judge: ({ props: { adminStateUp, ports = [] } }, report) => {
    if (adminStateUp === false) report("is switched off");
    if (ports.length === 0) report("is on no port");
  },
});
