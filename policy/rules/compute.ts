/** Servers that can be replaced, found again and told apart. */
import { isKind, type Kind, type Props, type Seen, tierOf } from "../resources";
import { resourceRule, storeRule } from "../rule";

const INSTANCE = "openstack:compute/instance:Instance";
const PORT = "openstack:networking/port:Port";

export const pinnedImage = resourceRule({
  name: "compute-pinned-image",
  concern: "compute",
  severity: "medium",
  reason:
    "The image behind a name can change any day, and then the provider rebuilds the server in place, root disk and all.",
  remediation: "look the id up first and set `imageId`, or a block device with the image's `uuid`.",
  on: [INSTANCE],
  judge: ({ props: { imageName, imageId, blockDevices } }, report) => {
    if (imageName) report(`boots the image named "${imageName}"`);
    else if (!imageId && !blockDevices?.some(({ uuid }) => uuid)) report("names no image by id");
  },
});

export const dataServersKept = resourceRule({
  name: "compute-data-servers-kept",
  concern: "compute",
  severity: "high",
  reason: "A newer image of the same name would replace the server that owns the data, on any day somebody runs `up`.",
  remediation: "ignore changes of `imageId`, or of `blockDevices[0].uuid` where it boots from a volume.",
  parameters: {
    schema: { tiers: { type: "array", items: { type: "string" }, description: "tiers whose servers own data" } },
    defaults: { tiers: ["db"] },
  },
  on: [INSTANCE],
  judge: (server, report, { tiers }) => {
    if (!tiers.includes(tierOf(server) ?? "")) return;
    const image = server.props.blockDevices?.length ? "blockDevices" : "imageId";
    if (!server.opts.ignoreChanges.some((path) => path.startsWith(image))) report("is replaced with every new image");
  },
});

export const noAdminPass = resourceRule({
  name: "compute-no-admin-pass",
  concern: "compute",
  severity: "critical",
  reason: "An administrator's password in a resource is in the state, in Nova and in every log of both.",
  remediation: "use a key pair.",
  covers: ["CKV_OPENSTACK_4", "OPNSTK-0001"],
  on: [INSTANCE],
  judge: ({ props }, report) => {
    if (props.adminPass) report("has an administrator's password");
  },
});

export const apart = resourceRule({
  name: "compute-servers-apart",
  concern: "compute",
  severity: "medium",
  reason: "Servers of one tier on one host are lost with it; strict anti-affinity leaves a replacement without a host.",
  remediation: "use the policy soft-anti-affinity.",
  on: ["openstack:compute/serverGroup:ServerGroup"],
  judge: ({ props: { policies = [] } }, report) => {
    // A list for version 3 of the SDK, the one policy itself for version 5.
    const names: readonly string[] = [policies].flat();
    if (!names.includes("soft-anti-affinity")) report(`has the policy ${names.join(", ") || "of no name"}`);
  },
});

export const grouped = resourceRule({
  name: "compute-servers-grouped",
  concern: "compute",
  severity: "medium",
  reason: "Only a server group keeps the servers of a tier on different hosts.",
  remediation: "set `schedulerHints` with the tier's server group.",
  parameters: {
    schema: { alone: { type: "array", items: { type: "string" }, description: "tiers of a single server" } },
    defaults: { alone: ["db"] },
  },
  on: [INSTANCE],
  judge: ({ props: { schedulerHints, metadata } }, report, { alone }) => {
    const hinted = schedulerHints?.some(({ group }) => group);
    if (!hinted && !alone.includes(String(metadata?.tier))) report("is in no server group");
  },
});

export const onPorts = resourceRule({
  name: "compute-servers-on-ports",
  concern: "compute",
  severity: "high",
  reason:
    "Security groups named on a server do not reach its ports, and an address without a port is lost with the server.",
  remediation: "make a `networking.Port` with the security groups, and give the server that.",
  on: [INSTANCE],
  judge: ({ props: { networks = [], securityGroups } }, report) => {
    if (securityGroups?.length) report("names security groups itself");
    if (networks.length === 0 || networks.some(({ port }) => !port))
      report("is in a network without a port of its own");
  },
});

export const replacedInTurn = storeRule({
  name: "compute-replaced-in-turn",
  concern: "compute",
  severity: "medium",
  reason: "A new server cannot have the address that the old one still holds.",
  remediation:
    "set `deleteBeforeReplace: true` on servers whose port names an address, or let Neutron choose the address.",
  judgeStore: (store, report) => {
    for (const server of store.of(INSTANCE)) {
      const held = server
        .sources("networks")
        .some((port) => isKind(port, PORT) && port.props.fixedIps?.some(({ ipAddress }) => ipAddress));
      if (held && server.opts.deleteBeforeReplace !== true) report("would be made before the old one goes", server);
    }
  },
});

export const publicKeysOnly = resourceRule({
  name: "compute-public-keys-only",
  concern: "compute",
  severity: "high",
  reason: "A key pair that Nova makes has its private key in the state.",
  remediation: "give it a `publicKey` of yours.",
  on: ["openstack:compute/keypair:Keypair"],
  judge: ({ props }, report) => {
    if (!props.publicKey) report("lets Nova make the private key");
  },
});

export const addressedPorts = resourceRule({
  name: "compute-addressed-ports",
  concern: "compute",
  severity: "medium",
  reason: "A port without a fixed address makes the provider replace its server at every run.",
  remediation: "leave `noFixedIp` alone and name the subnet in `fixedIps`.",
  on: ["openstack:networking/port:Port"],
  judge: ({ props }, report) => {
    if (props.noFixedIp) report("has no fixed address");
  },
});

/** Kinds that carry Neutron's, Nova's or Octavia's tags; a router interface or a rule has none. */
const TAGGED = [
  INSTANCE,
  "openstack:loadbalancer/listener:Listener",
  "openstack:loadbalancer/loadBalancer:LoadBalancer",
  "openstack:networking/floatingIp:FloatingIp",
  "openstack:networking/network:Network",
  "openstack:networking/port:Port",
  "openstack:networking/router:Router",
  "openstack:networking/secGroup:SecGroup",
  "openstack:networking/subnet:Subnet",
] as const;
const LABELLED = ["openstack:blockstorage/volume:Volume", "openstack:objectstorage/container:Container"] as const;

/** `urn:pulumi:<stack>::<project>::…` */
function owner({ urn }: Pick<Seen, "urn">): { project: string; stack: string } {
  const [, stack = "", project = ""] = /^urn:pulumi:([^:]+)::([^:]+)::/.exec(urn) ?? [];
  return { project, stack };
}

export const tagged = resourceRule({
  name: "compute-complete-tags",
  concern: "compute",
  severity: "low",
  reason: "Nobody can bill, find or safely delete a resource whose tags do not name its stack.",
  remediation: "nothing: this rule adds project and stack where they are missing.",
  level: "remediate",
  on: [...TAGGED, ...LABELLED],
  judge: (resource, report) => {
    const missing = missingTags(resource);
    if (missing.length > 0) report(`lacks ${missing.join(", ")}`);
  },
  remedy: (resource) => (missingTags(resource).length > 0 ? withTags(resource) : undefined),
});

const isLabelled = ({ kind }: Seen) => LABELLED.some((one) => one === kind);

function missingTags(resource: Seen): string[] {
  const { project, stack } = owner(resource);
  const { tags, metadata } = labels(resource.props);
  const wanted: readonly string[] = [project, `${project}-${stack}`];
  if (!isLabelled(resource)) return wanted.filter((tag) => !tags.includes(tag)).map((tag) => `the tag ${tag}`);
  const labelled = { project, stack };
  return Object.entries(labelled).flatMap(([key, value]) => (metadata[key] === value ? [] : [`the metadata ${key}`]));
}

function labels(props: Props<Kind>): { tags: readonly string[]; metadata: Readonly<Record<string, string>> } {
  return {
    tags: "tags" in props && Array.isArray(props.tags) ? props.tags : [],
    metadata: "metadata" in props && typeof props.metadata === "object" ? props.metadata : {},
  };
}

function withTags(resource: Seen): Record<string, unknown> {
  const { project, stack } = owner(resource);
  const { tags, metadata } = labels(resource.props);
  if (isLabelled(resource)) return { metadata: { ...metadata, project, stack } };
  return { tags: [...new Set([...tags, project, `${project}-${stack}`])] };
}
