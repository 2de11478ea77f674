import { unknownStringValue } from "@pulumi/policy/proxy";
import { backofficeDoor } from "../../../components/cloud-init/roles/front-door";
import {
  balancer,
  boots,
  type Cases,
  everybody,
  floating,
  group,
  ingress,
  listener,
  named,
  network,
  of,
  ovn,
  port,
  router,
  routerInterface,
  rule,
  ssh,
  tags,
  userData,
  web,
  webGroup,
  webRule,
} from "./parts";

const door = (...cidrs: string[]) => backofficeDoor(cidrs);
const SHOPPERS_AT_ROUTER = {
  action: "allow",
  protocol: "tcp",
  sourceIpAddress: "0.0.0.0/0",
  destinationIpAddress: "10.20.0.10/32",
  destinationPort: "443",
};
const unfilled = { remoteGroupId: unknownStringValue, remoteIpPrefix: unknownStringValue };

export const NETWORK: Cases = {
  "network-no-ssh-from-the-world": {
    bad: [
      ...["0.0.0.0/0", "0.0.0.0/0 ", "0.0.0.0/0.0.0.0", "203.0.113.9/0", "0/0", "::/+0", "0::/::"].map(
        (remoteIpPrefix) => ingress({ ...ssh, remoteIpPrefix }),
      ),
      ...["any", "ANY", "0", "hopopt", "", "6", "+6", "TCP"].map((protocol) =>
        ingress({ protocol, remoteIpPrefix: "0.0.0.0/0" }),
      ),
    ],
    says: /^it admits (0|::|203\.0\.113\.9)\S*\/\S+ ? ?to port 22$/,
    good: [
      ingress({ ...ssh, remoteIpPrefix: "198.51.100.0/255.255.255.0" }),
      ingress({ ...ssh, remoteIpPrefix: unknownStringValue }),
      ingress({ protocol: "112", remoteIpPrefix: "0.0.0.0/0" }),
      ingress({ ...ssh, remoteIpPrefix: "198.51.100.0/24" }),
      ingress({ ...ssh, remoteGroupId: "group" }),
    ],
  },
  "network-no-rdp-from-the-world": {
    bad: [ingress({ portRangeMin: 3000, portRangeMax: 4000, remoteIpPrefix: "::/0" })],
    says: /admits ::\/0 to port 3389/,
    good: [ingress({ portRangeMin: 3000, portRangeMax: 3100, remoteIpPrefix: "::/0" })],
  },
  "network-no-database-from-the-world": {
    bad: [ingress({ protocol: undefined, remoteIpPrefix: "128.0.0.0/1" })],
    says: /admits 128\.0\.0\.0\/1 to port 1433, 1521, 3306/,
    good: [ingress({ protocol: "icmp", remoteIpPrefix: "0.0.0.0/0" })],
  },
  "network-no-ingress-from-the-world": {
    bad: [
      ingress({ portRangeMin: 80, portRangeMax: 80 }, named("all")),
      // As the engine has it in a plan, where Neutron fills in what is not given.
      ingress({ ...unfilled, portRangeMin: 81, portRangeMax: 81 }, named("unsaid")),
      ingress({ ...unfilled, portRangeMin: 82, portRangeMax: 82, remoteIpPrefix: "::/0" }, named("six")),
      ovn,
      ...everybody("app", 80),
      ...everybody("web", 8080),
      ...everybody("db", 443),
      ...everybody("app-balancer", 80),
    ],
    says: /admits (everywhere to port 8[01]|::\/0 to port 82|0\.0\.0\.0\/0 to port (80|8080|443)) of tcp/,
    good: [
      webGroup,
      ingress({ ...unfilled, portRangeMin: 80, portRangeMax: 80 }, named("by-group", { remoteGroupId: ["group"] })),
      ingress({ portRangeMin: 80, portRangeMax: 80, remoteIpPrefix: "10.0.0.0/8" }),
      ovn,
      ...everybody("web", 443),
      ...everybody("web-balancer", 80),
    ],
  },
  "network-backoffice-not-for-the-world": {
    bad: [userData(door("192.0.2.0/24", "0.0.0.0/0")), boots(door("128.0.0.0/1"))],
    says: /opens administration and API to (0\.0\.0\.0\/0|128\.0\.0\.0\/1)$/,
    good: [userData(door("192.0.2.0/24")), userData(door()), userData(door("0.0.0.0/0"), "app")],
  },
  "network-no-egress-to-the-world": {
    bad: [rule({ direction: "egress", remoteIpPrefix: "0.0.0.0/1" })],
    says: /lets servers reach 0\.0\.0\.0\/1/,
    good: [rule({ direction: "egress", remoteIpPrefix: "203.0.113.1/32" })],
  },
  "network-no-default-egress": {
    bad: [group({ description: "why" })],
    says: /keeps Neutron's default egress/,
    good: [group({ deleteDefaultRules: true })],
  },
  "network-described-groups": {
    bad: [rule({ direction: "ingress", description: " " })],
    says: /has no description/,
    good: [rule({ description: "why" }), group({ description: unknownStringValue })],
  },
  "network-port-security": {
    bad: [port({ noSecurityGroups: true, portSecurityEnabled: false }), network({ portSecurityEnabled: false })],
    says: /port security switched off|has no security group/,
    good: [
      port({ securityGroupIds: [unknownStringValue] }),
      network({}),
      port({ noSecurityGroups: true }, named("leg")),
      routerInterface({}, named("routerInterface", { portId: ["leg"] })),
    ],
  },
  "network-narrow-address-pairs": {
    bad: [port({ allowedAddressPairs: [{ ipAddress: "0.0.0.0/0" }] })],
    says: /may use every address/,
    good: [port({ allowedAddressPairs: [{ ipAddress: "10.0.0.5" }] })],
  },
  "network-public-listeners": {
    bad: [
      listener({ allowedCidrs: ["0.0.0.0/0"], protocolPort: 80, tags: tags("app") }, named("app")),
      listener({ allowedCidrs: ["0.0.0.0/0"], protocolPort: 8080, tags: tags("web") }, named("web")),
    ],
    says: /(app takes requests from everywhere on port 80|web takes requests from everywhere on port 8080)$/,
    good: [
      listener({ allowedCidrs: ["0.0.0.0/0"], protocolPort: 443, tags: tags("web") }, named("https")),
      listener({ allowedCidrs: ["10.20.0.0/24"], protocolPort: 80, tags: tags("app") }, named("http")),
      balancer({ loadbalancerProvider: "ovn" }, named("ovn")),
      listener({ allowedCidrs: null, protocolPort: 80, tags: tags("app") }, named("tcp", { loadbalancerId: ["ovn"] })),
    ],
  },
  "network-floating-ips-on-web-only": {
    bad: [
      balancer({ tags: tags("app") }, named("app")),
      floating({}, named("ip", { portId: ["app"] })),
      port({}, named("untagged")),
      floating({}, named("plain-ip", { portId: ["untagged"] })),
      floating({ portId: "5f3c" }, named("literal-ip")),
      of("networking/floatingIp:FloatingIp")({ portId: "5f3d" }, named("pool-ip")),
    ],
    says: /^(ip leads to app of the private tier app|plain-ip leads to untagged, whose tags name no tier|(literal|pool)-ip leads to the port 5f3[cd] by its id, .*)$/,
    good: [
      web,
      floating({}, named("ip", { portId: ["web"] })),
      port({ tags: tags("web-balancer") }, named("vip")),
      floating({}, named("shared", { portId: ["vip"] })),
      port({ tags: ["bastion", "bastion-dev", "bastion-dev-server"] }, named("bastion")),
      of("networking/floatingIp:FloatingIp")({}, named("way-in", { portId: ["bastion"] })),
      // What the cloud says of an address that an association gave its port.
      of("networking/floatingIp:FloatingIp")({ portId: "5f3c" }, named("address")),
      floating({}, named("adopted", { portId: ["vip"], floatingIp: ["address"] })),
    ],
    config: { parts: ["server"] },
  },
  "network-database-way-out": {
    bad: [
      of("networking/subnet:Subnet")({ tags: tags("db") }, named("db")),
      of("networking/router:Router")({ externalNetworkId: "ext" }, named("data")),
      routerInterface({}, named("routerInterface", { subnetId: ["db"], routerId: ["data"] })),
    ],
    says: /joins the database's network to data/,
    good: [
      of("networking/subnet:Subnet")({ tags: tags("db") }, named("db")),
      of("networking/router:Router")({}, named("data")),
      routerInterface({}, named("routerInterface", { subnetId: ["db"], routerId: ["data"] })),
    ],
  },
  "network-no-open-firewall-rules": {
    bad: [
      of("firewall/ruleV2:RuleV2")({ action: "allow", sourceIpAddress: "10.0.0.0/8" }),
      of("firewall/ruleV2:RuleV2")({ ...SHOPPERS_AT_ROUTER, destinationPort: "22" }),
      of("firewall/ruleV2:RuleV2")({ ...SHOPPERS_AT_ROUTER, destinationPort: "80:443" }),
      of("firewall/ruleV2:RuleV2")({ ...SHOPPERS_AT_ROUTER, protocol: "any" }),
      of("firewall/ruleV2:RuleV2")({ ...SHOPPERS_AT_ROUTER, destinationIpAddress: "0.0.0.0/0" }),
    ],
    says: /allows everything/,
    good: [
      of("firewall/rule:Rule")({ action: "deny" }),
      of("firewall/ruleV2:RuleV2")(SHOPPERS_AT_ROUTER),
      of("firewall/ruleV2:RuleV2")({
        action: "allow",
        protocol: "tcp",
        sourceIpAddress: "10.20.0.10/32",
        sourcePort: "443",
        destinationIpAddress: "0.0.0.0/0",
      }),
    ],
  },
  "network-firewalls-at-work": {
    bad: [
      of("firewall/groupV2:GroupV2")({ ports: ["port"], adminStateUp: false }),
      of("firewall/groupV2:GroupV2")({ ports: [] }),
    ],
    says: /is (switched off|on no port)$/,
    good: [of("firewall/groupV2:GroupV2")({ ports: ["port"] })],
  },
  "network-router-interfaces-in-turn": {
    bad: [
      router({}, named("edge")),
      routerInterface({}, named("app-leg", { routerId: ["edge"] })),
      routerInterface({}, named("web-leg", { routerId: ["edge"] })),
    ],
    says: /^web-leg is put into edge at the same time as app-leg$/,
    good: [
      router({}, named("edge")),
      router({}, named("data")),
      routerInterface({}, named("app-leg", { routerId: ["edge"] })),
      routerInterface({}, named("web-leg", { routerId: ["edge"] }, ["app-leg"])),
      routerInterface({}, named("third-leg", { routerId: ["edge"] }, ["web-leg"])),
      routerInterface({}, named("db-leg", { routerId: ["data"] })),
    ],
  },
  "network-addresses-after-routes": {
    bad: [routerInterface({}, named("leg")), floating({}, named("address"))],
    says: /^address waits for no router interface$/,
    good: [routerInterface({}, named("leg")), floating({}, named("address", {}, ["leg"]))],
  },
  "network-no-rule-twice": {
    bad: [
      webGroup,
      { ...webRule({ remoteIpPrefix: "10.0.0.0/24" }), ...named("first", { securityGroupId: ["group"] }) },
      { ...webRule({ remoteIpPrefix: "10.0.0.0/24" }), ...named("again", { securityGroupId: ["group"] }) },
      {
        ...webRule({ remoteIpPrefix: "10.0.0.0/255.255.255.0", protocol: "6" }),
        ...named("otherwise", { securityGroupId: ["group"] }),
      },
    ],
    says: /^(again|otherwise) says the same as first$/,
    good: [
      webGroup,
      { ...webRule({ remoteIpPrefix: "10.0.0.0/24" }), ...named("first", { securityGroupId: ["group"] }) },
      { ...webRule({ remoteIpPrefix: "10.0.1.0/24" }), ...named("other", { securityGroupId: ["group"] }) },
      { ...webRule({ remoteIpPrefix: "10.0.0.0/24" }), ...named("elsewhere", { securityGroupId: ["none"] }) },
    ],
  },
};
