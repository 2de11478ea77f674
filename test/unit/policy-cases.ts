/** For every rule something that it must find, and something like it that it must let pass. */
import { gzipSync } from "node:zlib";
import { unknownStringValue } from "@pulumi/policy/proxy";
import { template } from "../support/group-template";
import type { Sample } from "../support/policy";

export interface Case {
  readonly bad: readonly Sample[];
  /** Part of the message. */
  readonly says: RegExp;
  readonly good: readonly Sample[];
  /** Of the rule, as in the pack's configuration. */
  readonly config?: object;
  readonly stackFile?: { readonly bad: StackFile; readonly good: StackFile };
}

/** The stack's config, by key. */
export interface StackFile {
  readonly plain?: Readonly<Record<string, string>>;
  /** Which of the keys are encrypted in the file. */
  readonly encrypted?: readonly string[];
}

const P = "openstack:";
const of =
  (kind: string) =>
  (props: object, more: Partial<Sample> = {}): Sample => ({
    kind: `${P}${kind}`,
    name: "it",
    props: { ...props },
    ...more,
  });

const rule = of("networking/secGroupRule:SecGroupRule");
const ingress = (more: object, sample: Partial<Sample> = {}) =>
  rule({ direction: "ingress", protocol: "tcp", description: "why", ...more }, sample);
const ssh = { portRangeMin: 22, portRangeMax: 22 };
const group = of("networking/secGroup:SecGroup");
const port = of("networking/port:Port");
const network = of("networking/network:Network");
const listener = of("loadbalancer/listener:Listener");
const balancer = of("loadbalancer/loadBalancer:LoadBalancer");
const pool = of("loadbalancer/pool:Pool");
const monitor = of("loadbalancer/monitor:Monitor");
const member = of("loadbalancer/member:Member");
const instance = of("compute/instance:Instance");
const attachment = of("compute/volumeAttach:VolumeAttach");
const l7Policy = of("loadbalancer/l7PolicyV2:L7PolicyV2");
const router = of("networking/router:Router");
const volume = of("blockstorage/volume:Volume");
const container = of("objectstorage/container:Container");
const stack = of("orchestration/stackV1:StackV1");
const floating = of("networking/floatingIpAssociate:FloatingIpAssociate");
const joint = of("networking/routerInterface:RouterInterface");

const tags = (tier: string) => ["ecommerce", "ecommerce-dev", `ecommerce-dev-${tier}`];
const named = (name: string, sources: Sample["sources"] = {}, dependsOn: readonly string[] = []) => ({
  name,
  sources,
  dependsOn,
});

const sound = template({ tier: "web" });
const heat = (change: (text: string) => string = (text) => text) =>
  stack({ templateOpts: { Bin: change(JSON.stringify(sound)) }, timeout: 10 });
const changed = (from: string | RegExp, to: string) =>
  heat((text) => {
    const after = text.replace(from, to);
    if (after === text) throw new Error(`the template has no ${from}`);
    return after;
  });

const web = balancer({ tags: tags("web") }, named("web"));
const http = listener({ protocol: "HTTP", tags: tags("web") }, named("http", { loadbalancerId: ["web"] }));
const https = listener({ protocol: "TERMINATED_HTTPS" }, named("https", { loadbalancerId: ["web"] }));
const ovn = balancer({ loadbalancerProvider: "ovn", tags: tags("web") }, named("web"));
const passedOn = (protocolPort: number) =>
  listener(
    { protocol: "TCP", protocolPort, tags: tags("web") },
    named(`tcp-${protocolPort}`, { loadbalancerId: ["web"] }),
  );
/** A rule that admits everybody to a port of a tier's group. */
const everybody = (tier: string, portNumber: number): readonly Sample[] => [
  group({ tags: tags(tier) }, named(`${tier}-group`)),
  ingress(
    { portRangeMin: portNumber, portRangeMax: portNumber, remoteIpPrefix: "0.0.0.0/0" },
    named(`${tier}-${portNumber}`, { securityGroupId: [`${tier}-group`] }),
  ),
];
const unfilled = { remoteGroupId: unknownStringValue, remoteIpPrefix: unknownStringValue };
const provider = (props: object): Sample => ({ kind: "pulumi:providers:openstack", name: "default_3_15_2", props });
const withVip = balancer({ tags: tags("web"), vipAddress: "10.20.0.10" }, named("web"));
const webPool = pool({}, named("pool", { loadbalancerId: ["web"] }));
const webMember = member({ address: "10.20.0.20", protocolPort: 80 }, named("one", { poolId: ["pool"] }));
const webGroup = group({ tags: tags("web") }, named("group"));
/** A server that balances the web tier, at an address of its own. */
const haproxy = [
  port({ fixedIps: [{ ipAddress: "10.20.0.11" }] }, named("own")),
  instance({ tags: tags("web-balancer") }, named("web-balancer", { networks: ["own"] })),
];
const webRule = (more: object) => ingress({ portRangeMin: 80, portRangeMax: 80, ...more });
const boots = (userData: string) =>
  stack({
    templateOpts: { Bin: JSON.stringify(template({ tier: "web" })) },
    environmentOpts: { Bin: JSON.stringify({ parameter_defaults: { user_data: userData } }) },
  });

const flavors = [{ name: "m1.small", vcpus: 1, ram: 2048, disk: 20 }];
const prices = { currency: "EUR", vcpu: 0.01, ram: 0.004, volume: { ssd: 0.0001 }, balancer: 0.02, address: 0.005 };
const storefront = (more: object): Sample => ({
  kind: "ecommerce:index:Storefront",
  name: "store",
  props: { ...more },
});
/** 5 elastic servers and a static one of 0.018 each, 0.01 for the volume, 0.02 and 0.005: 0.143 an hour. */
const bill = [
  heat(),
  instance({ flavorName: "m1.small" }),
  volume({ size: 100, volumeType: "ssd" }),
  web,
  of("networking/floatingIp:FloatingIp")({ pool: "public" }),
];
const userData = (text: string, tier = "web") => instance({ userData: `#cloud-config\n${text}`, tags: tags(tier) });

export const CASES: Readonly<Record<string, Case>> = {
  "network-no-ssh-from-the-world": {
    bad: [ingress({ ...ssh, remoteIpPrefix: "0.0.0.0/0" })],
    says: /^it admits 0\.0\.0\.0\/0 to port 22$/,
    good: [ingress({ ...ssh, remoteIpPrefix: "198.51.100.0/24" }), ingress({ ...ssh, remoteGroupId: "group" })],
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
      joint({}, named("joint", { portId: ["leg"] })),
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
    bad: [balancer({ tags: tags("app") }, named("app")), floating({}, named("ip", { portId: ["app"] }))],
    says: /ip leads to app of the private tier app/,
    good: [
      web,
      floating({}, named("ip", { portId: ["web"] })),
      port({ tags: tags("web-balancer") }, named("vip")),
      floating({}, named("shared", { portId: ["vip"] })),
    ],
  },
  "network-database-way-out": {
    bad: [
      of("networking/subnet:Subnet")({ tags: tags("db") }, named("db")),
      of("networking/router:Router")({ externalNetworkId: "ext" }, named("data")),
      joint({}, named("joint", { subnetId: ["db"], routerId: ["data"] })),
    ],
    says: /joins the database's network to data/,
    good: [
      of("networking/subnet:Subnet")({ tags: tags("db") }, named("db")),
      of("networking/router:Router")({}, named("data")),
      joint({}, named("joint", { subnetId: ["db"], routerId: ["data"] })),
    ],
  },
  "network-no-open-firewall-rules": {
    bad: [of("firewall/ruleV2:RuleV2")({ action: "allow", sourceIpAddress: "10.0.0.0/8" })],
    says: /allows everything/,
    good: [of("firewall/rule:Rule")({ action: "deny" })],
  },
  "network-router-interfaces-in-turn": {
    bad: [
      router({}, named("edge")),
      joint({}, named("app-leg", { routerId: ["edge"] })),
      joint({}, named("web-leg", { routerId: ["edge"] })),
    ],
    says: /^web-leg is put into edge at the same time as app-leg$/,
    good: [
      router({}, named("edge")),
      router({}, named("data")),
      joint({}, named("app-leg", { routerId: ["edge"] })),
      joint({}, named("web-leg", { routerId: ["edge"] }, ["app-leg"])),
      joint({}, named("third-leg", { routerId: ["edge"] }, ["web-leg"])),
      joint({}, named("db-leg", { routerId: ["data"] })),
    ],
  },
  "network-addresses-after-routes": {
    bad: [joint({}, named("leg")), floating({}, named("address"))],
    says: /^address waits for no router interface$/,
    good: [joint({}, named("leg")), floating({}, named("address", {}, ["leg"]))],
  },
  "network-no-rule-twice": {
    bad: [
      webGroup,
      { ...webRule({ remoteIpPrefix: "10.0.0.0/24" }), ...named("first", { securityGroupId: ["group"] }) },
      { ...webRule({ remoteIpPrefix: "10.0.0.0/24" }), ...named("again", { securityGroupId: ["group"] }) },
    ],
    says: /^again says the same as first$/,
    good: [
      webGroup,
      { ...webRule({ remoteIpPrefix: "10.0.0.0/24" }), ...named("first", { securityGroupId: ["group"] }) },
      { ...webRule({ remoteIpPrefix: "10.0.1.0/24" }), ...named("other", { securityGroupId: ["group"] }) },
      { ...webRule({ remoteIpPrefix: "10.0.0.0/24" }), ...named("elsewhere", { securityGroupId: ["none"] }) },
    ],
  },
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
  "compute-pinned-image": {
    bad: [instance({ imageName: "debian" }), instance({})],
    says: /named "debian"|no image by id/,
    good: [instance({ imageId: unknownStringValue }), instance({ blockDevices: [{ uuid: "id" }] })],
  },
  "compute-data-servers-kept": {
    bad: [
      instance({ imageId: "id", metadata: { tier: "db" } }),
      instance({ blockDevices: [{ uuid: "id" }], metadata: { tier: "db" } }, { opts: { ignoreChanges: ["imageId"] } }),
    ],
    says: /is replaced with every new image/,
    good: [
      instance({ imageId: "id", metadata: { tier: "db" } }, { opts: { ignoreChanges: ["imageId"] } }),
      instance(
        { blockDevices: [{ uuid: "id" }], metadata: { tier: "db" } },
        { opts: { ignoreChanges: ["blockDevices[0].uuid"] } },
      ),
      instance({ imageId: "id", metadata: { tier: "web" } }),
    ],
  },
  "compute-no-admin-pass": {
    bad: [instance({ adminPass: "x" })],
    says: /administrator's password/,
    good: [instance({})],
  },
  "compute-servers-apart": {
    bad: [of("compute/serverGroup:ServerGroup")({ policies: ["anti-affinity"] })],
    says: /has the policy anti-affinity/,
    good: [of("compute/serverGroup:ServerGroup")({ policies: ["soft-anti-affinity"] })],
  },
  "compute-servers-grouped": {
    bad: [instance({ metadata: { tier: "web" } })],
    says: /in no server group/,
    good: [instance({ metadata: { tier: "db" } }), instance({ schedulerHints: [{ group: unknownStringValue }] })],
  },
  "compute-servers-on-ports": {
    bad: [instance({ networks: [{ uuid: "net" }], securityGroups: ["default"] })],
    says: /names security groups|without a port/,
    good: [instance({ networks: [{ port: unknownStringValue }] })],
  },
  "compute-replaced-in-turn": {
    bad: [
      port({ fixedIps: [{ subnetId: "s", ipAddress: "10.20.2.10" }] }, named("db")),
      instance({ networks: [{ port: unknownStringValue }] }, named("server", { networks: ["db"] })),
    ],
    says: /made before the old one goes/,
    good: [
      port({ fixedIps: [{ subnetId: "s", ipAddress: "10.20.2.10" }] }, named("db")),
      instance({}, { ...named("server", { networks: ["db"] }), opts: { deleteBeforeReplace: true } }),
      port({ fixedIps: [{ subnetId: "s" }] }, named("web")),
      instance({}, { ...named("another", { networks: ["web"] }), opts: { deleteBeforeReplace: false } }),
    ],
  },
  "compute-public-keys-only": {
    bad: [of("compute/keypair:Keypair")({ name: "me" })],
    says: /lets Nova make the private key/,
    good: [of("compute/keypair:Keypair")({ publicKey: "ssh-ed25519 AAAA" })],
  },
  "compute-addressed-ports": { bad: [port({ noFixedIp: true })], says: /no fixed address/, good: [port({})] },
  "compute-complete-tags": {
    bad: [network({ tags: ["ecommerce"] }), volume({ metadata: { stack: "prod" } })],
    says: /lacks the tag ecommerce-dev|lacks the metadata project, the metadata stack/,
    good: [network({ tags: tags("web") }), volume({ metadata: { project: "ecommerce", stack: "dev" } })],
  },
  "data-encrypted-volumes": {
    bad: [
      volume({ volumeType: "plain" }),
      volume({}),
      instance({ blockDevices: [{ sourceType: "image", destinationType: "volume", volumeType: "plain" }] }),
      stack({ templateOpts: { Bin: JSON.stringify(template({ rootDisk: 20 })) } }),
    ],
    says: /keeps data on the (volume type plain|cloud's default volume type), not on luks/,
    good: [
      volume({ volumeType: "luks" }),
      instance({ blockDevices: [{ sourceType: "image", destinationType: "volume", volumeType: "luks" }] }),
      instance({ imageId: "id" }),
      heat(),
    ],
    config: { types: ["luks"] },
  },
  "data-database-on-volume": {
    bad: [instance({ tags: tags("db") }, named("db")), attachment({}, named("joint", { instanceId: ["other"] }))],
    says: /^db has no volume attached$/,
    good: [
      instance({ tags: tags("db") }, named("db")),
      attachment({}, named("joint", { instanceId: ["db"] })),
      instance({ tags: tags("web") }, named("web")),
    ],
  },
  "data-no-device-names": {
    bad: [attachment({ device: "/dev/vdb" }), userData("mounts: [[/dev/vdb, /srv]]", "db"), boots("mkfs /dev/sdb")],
    says: /asks for \/dev\/vdb|names \/dev\/(vdb|sdb) in its user data/,
    good: [attachment({}), userData("ls /dev/disk/by-id/virtio-x >/dev/null", "db")],
  },
  "data-protected-volumes": {
    bad: [volume({})],
    says: /is not protected/,
    good: [volume({}, { opts: { protect: true } })],
  },
  "data-private-containers": {
    bad: [
      container({ containerRead: ".r:*,.rlistings" }),
      container({ containerWrite: "*:*" }),
      container({ name: "ecommerce-dev-backups", containerRead: ".r:*" }),
      container({ name: "ecommerce-dev-static", containerRead: ".r:*,.rlistings" }),
    ],
    says: /is (read|written) by everybody/,
    good: [
      container({ containerRead: "project:user" }),
      container({}),
      container({ name: "pictures", containerRead: ".r:*,.rlistings" }),
      container({ name: "ecommerce-dev-static", containerRead: ".r:*" }),
    ],
    config: { publicRead: ["pictures"] },
    stackFile: {
      bad: { plain: { "ecommerce:shop": JSON.stringify({ publicStatic: true }) } },
      good: { plain: { "ecommerce:shop": JSON.stringify({ publicStatic: true }) } },
    },
  },
  "data-secrets-expire": {
    bad: [of("keymanager/secretV1:SecretV1")({})],
    says: /never expires/,
    good: [of("keymanager/secretV1:SecretV1")({ expiration: "2030-01-01T00:00:00Z" })],
  },
  "data-containers-not-emptied": {
    bad: [container({ forceDestroy: true })],
    says: /is emptied/,
    good: [container({ forceDestroy: false })],
  },
  "secrets-none-in-user-data": {
    bad: [
      userData("password: correct-horse"),
      userData("-----BEGIN EC PRIVATE KEY-----", "app"),
      userData(`X-Auth-Token: gAAAA${"x".repeat(80)}`, "db"),
      instance({ userData: gzipSync("password: correct-horse").toString("base64"), tags: tags("web") }),
      boots("password: correct-horse"),
    ],
    says: /has a secret in its user data: (password|private key|token)/,
    good: [
      userData("password: correct-horse\n-----BEGIN EC PRIVATE KEY-----", "db"),
      userData("password: $PASSWORD"),
      userData("bind :443 ssl crt /etc/ecommerce/tls/site.pem\n-----BEGIN PRIVATE KEY-----", "web-balancer"),
      userData("SSLCertificateKeyFile /etc/ecommerce/tls/site.key\n-----BEGIN PRIVATE KEY-----"),
      instance({ userData: unknownStringValue }),
      boots("packages: [apache2]"),
    ],
  },
  "secrets-none-in-heat": {
    bad: [
      stack({ parameters: { db_password: unknownStringValue } }),
      changed('"description":', '"admin_password":"hunter2hunter2","description":'),
    ],
    says: /takes db_password as a parameter|shows a secret in its template or parameters: password/,
    good: [heat(), stack({ templateOpts: { Bin: unknownStringValue } })],
  },
  "secrets-none-in-provider": {
    bad: [provider({ password: "x", token: "y" }), { ...provider({ password: "x" }), name: "mine" }],
    says: /(default_3_15_2 holds token|mine holds password)/,
    good: [provider({ cloud: "mine" }), provider({ password: "x" })],
    stackFile: {
      bad: { plain: { "openstack:password": "x" }, encrypted: ["openstack:password"] },
      good: { plain: { "openstack:password": "x" }, encrypted: ["openstack:password"] },
    },
  },
  "secrets-none-in-config": {
    bad: [],
    says: /^the store has a secret in clear text in its config, at (openstack:password|shop:extra|shop:key): (password|private key)$/,
    good: [],
    stackFile: {
      bad: {
        plain: {
          "openstack:password": "short",
          "shop:extra": JSON.stringify({ smtp: { apiKey: "correct-horse" } }),
          "shop:key": "-----BEGIN PRIVATE KEY-----",
        },
      },
      good: {
        plain: { "openstack:password": "correct-horse", "ecommerce:cloud": JSON.stringify({ keyPair: "operator" }) },
        encrypted: ["openstack:password"],
      },
    },
  },
  "secrets-long-passwords": {
    bad: [{ kind: "random:index/randomPassword:RandomPassword", name: "it", props: { length: 8 } }],
    says: /is 8 characters long/,
    good: [{ kind: "random:index/randomPassword:RandomPassword", name: "it", props: { length: 20 } }],
  },
  "scaling-no-desired-capacity": {
    bad: [changed('"min_size":2', '"min_size":2,"desired_capacity":3')],
    says: /has a desired_capacity/,
    good: [heat()],
  },
  "scaling-sound-sizes": {
    bad: [changed('"min_size":2', '"min_size":1'), changed('"max_size":5', '"max_size":2')],
    says: /may shrink to 1|cannot grow beyond 2/,
    good: [heat()],
  },
  "scaling-threshold-arithmetic": {
    bad: [changed('"vcpus":1', '"vcpus":2'), changed('"low":20', '"low":60')],
    says: /compares with \d+, not \d+|shrinks at a load/,
    good: [heat()],
  },
  "scaling-enough-periods": {
    bad: [changed(/"evaluation_periods":2/g, '"evaluation_periods":1'), changed('"sampling":300', '"sampling":600')],
    says: /goes by 1 value|does not look at 600 s|more often than/,
    good: [heat()],
  },
  "scaling-own-servers-only": {
    bad: [
      changed(/,\{\\"=\\":\{\\"ended_at\\":null\}\}/g, ""),
      changed(/rate:mean/g, "mean"),
      changed('"metering.server_group":"ecommerce-dev-web"', '"metering.server_group":"others"'),
    ],
    says: /counts servers that are gone|is about mean of cpu|does not ask for the group's own/,
    good: [heat()],
  },
  "scaling-cooldown": {
    bad: [changed(/"cooldown":600/g, '"cooldown":60')],
    says: /policy (grow|shrink) rests 60 s only/,
    good: [heat()],
  },
  "scaling-trusted-actions": {
    bad: [changed(/trust\+",/g, '",')],
    says: /acts without a trust/,
    good: [heat()],
  },
  "scaling-no-dead-resources": {
    bad: [changed("OS::Heat::ScalingPolicy", "OS::Senlin::Policy"), changed('"metric":"cpu"', '"metric":"cpu_util"')],
    says: /Senlin was retired|cpu_util/,
    good: [heat()],
  },
  "scaling-json-template": {
    bad: [stack({ templateOpts: { Bin: "heat_template_version: 2021-04-16\nresources: {}\n" } })],
    says: /has a template that is no JSON/,
    good: [heat(), stack({ templateOpts: { Bin: unknownStringValue } })],
  },
  "scaling-whole-parameters": {
    bad: [
      stack({ templateOpts: { Bin: JSON.stringify(sound) }, parameters: { network: "n" } }),
      changed('"network":{"type":"string"}', '"network":{"type":"string","hidden":true}'),
    ],
    says: /does not pass the parameter (network|subnet|security_group|server_group|pool)|hides the parameter network/,
    good: [
      stack({
        templateOpts: { Bin: JSON.stringify(sound) },
        parameters: { network: unknownStringValue, subnet: "s", security_group: "g", server_group: "v", pool: "p" },
      }),
    ],
  },
  "scaling-registered-types": {
    bad: [
      changed("Ecommerce::Member", "file:///checkout/member.yaml"),
      stack({ templateOpts: { Bin: '{"get_file":"run.sh"}' } }),
    ],
    says: /names the file (file:\/\/\/checkout\/member\.yaml|run\.sh)/,
    good: [heat()],
  },
  "scaling-stack-without-drift": {
    bad: [stack({ tags: ["x"] }), stack({ templateOpts: { Bin: "", Files: "" } })],
    says: /has tags|has templateOpts\.Files/,
    good: [heat()],
  },
  "scaling-heat-gives-up-first": {
    bad: [stack({ timeout: 20 }), stack({})],
    says: /waits 1200 s for a Heat that may take (20|any number of) minutes/,
    good: [heat()],
  },
  "whole-group-per-tier": {
    bad: [
      group({ tags: tags("web") }, named("web")),
      port({ tags: tags("app") }, named("port", { securityGroupIds: ["web"] })),
    ],
    says: /the store has ports of tier app|port of tier app is in the group web/,
    good: [
      group({ tags: tags("app") }, named("app")),
      port({ tags: tags("app") }, named("port", { securityGroupIds: ["app"] })),
    ],
  },
  "whole-within-limits": {
    bad: [heat()],
    says: /has 5 servers, and the limit is 4/,
    good: [instance({}), volume({ size: 10 })],
    config: { servers: 4 },
  },
  "whole-within-ceiling": {
    bad: [storefront({ flavors, prices }), ...bill],
    says: /^the store costs up to 104\.39 EUR a month, and the ceiling is 104$/,
    good: [storefront({ flavors, prices }), ...bill.slice(1)],
    config: { ceiling: 104 },
  },
  "whole-banned-resources": {
    bad: [
      of("networking/portSecGroupAssociate:PortSecGroupAssociate")({}),
      of("compute/floatingIpAssociate:FloatingIpAssociate")({}),
    ],
    says: /security bug|nova-network/,
    good: [floating({})],
  },
  "whole-members-one-by-one": {
    bad: [of("loadbalancer/members:Members")({ members: [] })],
    says: /is a list of all members/,
    good: [member({})],
  },
};
