/** Data that outlives its servers, and is nobody else's. */
import { bootsOf } from "../boots";
import { isKind, type Seen, tierOf, UNKNOWN } from "../resources";
import { resourceRule, storeRule } from "../rule";
import { withDecoded } from "../spelling/encoded";
import { cleanAcl, REFUSED, strangersIn } from "../spelling/swift";
import { stackConfig } from "../stack-config";
import { elasticGroups, memberProperties } from "./heat-template";

const ATTACHMENT = "openstack:compute/volumeAttach:VolumeAttach";
const INSTANCE = "openstack:compute/instance:Instance";
const STACK = "openstack:orchestration/stackV1:StackV1";
const VOLUME = "openstack:blockstorage/volume:Volume";

export const encryptedVolumes = resourceRule({
  name: "data-encrypted-volumes",
  concern: "data",
  severity: "high",
  reason: "A disk that leaves the data centre takes the customers' data with it.",
  remediation:
    "set `database.volume.type`, and `type` of each `rootDisk`, to one of the types that your cloud encrypts.",
  parameters: {
    schema: {
      types: {
        type: "array",
        items: { type: "string" },
        description: "volume types that are encrypted; none: any will do",
      },
    },
    defaults: { types: [] as string[] },
  },
  on: [VOLUME, INSTANCE, STACK],
  judge: (resource, report, { types }) => {
    if (types.length === 0) return;
    for (const type of volumeTypes(resource)) {
      if (type && types.includes(type)) continue;
      const place = type ? `the volume type ${type}` : "the cloud's default volume type";
      report(`keeps data on ${place}, not on ${types.join(" or ")}`);
    }
  },
});

/** Types of the volumes that a resource makes; undefined: the cloud's default, which elastic groups always boot from. */
function volumeTypes(resource: Seen): (string | undefined)[] {
  if (isKind(resource, VOLUME)) return [resource.props.volumeType];
  if (isKind(resource, INSTANCE)) {
    const made = resource.props.blockDevices?.filter(
      ({ destinationType, sourceType }) => destinationType === "volume" && sourceType !== "volume",
    );
    return made?.map(({ volumeType }) => volumeType) ?? [];
  }
  return elasticGroups([resource])
    .filter(({ group }) => Number(memberProperties(group).root_disk ?? 0) > 0)
    .map(() => undefined);
}

export const protectedVolumes = resourceRule({
  name: "data-protected-volumes",
  concern: "data",
  severity: "critical",
  reason: "One `destroy`, or one change that replaces the volume, ends the shop's data.",
  remediation: "leave `database.volume.onDestroy` at `refuse`.",
  on: [VOLUME],
  judge: ({ opts }, report) => {
    if (!opts.protect) report("is not protected");
  },
});

export const databaseOnVolume = storeRule({
  name: "data-database-on-volume",
  concern: "data",
  severity: "critical",
  reason: "New user data, another network or key pair replaces a server, and what is on its own disk is gone.",
  remediation: "attach a `blockstorage.Volume` to the database server by a `VolumeAttach`, and keep the data there.",
  judgeStore: (store, report) => {
    // By the id itself, or only in order: then the engine does not take the volume away before the server stops.
    const served = new Set(store.of(ATTACHMENT).flatMap((one) => [...one.sources("instanceId"), ...one.dependsOn]));
    for (const server of store.of(INSTANCE)) {
      if (tierOf(server) === "db" && !served.has(server)) report("has no volume attached", server);
    }
  },
});

const BY_POSITION = /\/dev\/(?:x?vd|sd|hd)[a-z]\b/;

export const noDeviceNames = resourceRule({
  name: "data-no-device-names",
  concern: "data",
  severity: "high",
  reason: "The volume at /dev/vdb depends on the order of attaching: another boot may format the wrong one.",
  remediation: "mount by /dev/disk/by-id and the volume's id, and leave `device` alone, which Nova ignores.",
  on: [ATTACHMENT, INSTANCE, STACK],
  judge: (resource, report) => {
    if (isKind(resource, ATTACHMENT) && resource.props.device) report(`asks for ${resource.props.device}`);
    for (const { text } of bootsOf(resource)) {
      const [name] = BY_POSITION.exec(withDecoded(text)) ?? [];
      if (name) report(`names ${name} in its user data`);
    }
  },
});

/** As the program makes it when the stack file asks for it: objects to all, and no listing of them. */
const READ_ONLY = ".r:*";

/** Whether `shop.publicStatic` stands in the stack file. */
function staticIsPublic(): boolean {
  return [...stackConfig().values].some(
    ([key, text]) => key.endsWith(":shop") && /"publicStatic"\s*:\s*true\b/.test(text),
  );
}

const WAYS = { read: "containerRead", write: "containerWrite" } as const;

export const privateContainers = resourceRule({
  name: "data-private-containers",
  concern: "data",
  severity: "critical",
  reason: "A public container gives uploads and backups to everybody who guesses its name.",
  remediation:
    "leave `containerRead` and `containerWrite` empty, or name projects and users; `shop.publicStatic` opens the container for static content, and no other.",
  parameters: {
    schema: {
      publicRead: {
        type: "array",
        items: { type: "string" },
        description: "names of containers that may be read by all",
      },
    },
    defaults: { publicRead: [] as string[] },
  },
  on: ["openstack:objectstorage/container:Container"],
  judge: ({ props }, report, { publicRead }) => {
    const { name = "" } = props;
    for (const way of ["read", "write"] as const) {
      const acl = props[WAYS[way]] ?? "";
      if (acl === UNKNOWN) continue;
      const strangers = strangersIn(acl, way);
      if (strangers === REFUSED) report(`has "${acl}" as ${WAYS[way]}, which Swift does not take`);
      if (strangers === REFUSED || strangers === "nobody") continue;
      const isChosen = cleanAcl(acl, way) === READ_ONLY && name.endsWith("-static") && staticIsPublic();
      if (way === "read" && (publicRead.includes(name) || isChosen)) continue;
      report(`is ${way === "read" ? "read" : "written"} by ${strangers}`);
    }
  },
});

export const secretsExpire = resourceRule({
  name: "data-secrets-expire",
  concern: "data",
  severity: "medium",
  reason: "A secret without an end is never replaced.",
  remediation: "set `expiration`.",
  on: ["openstack:keymanager/secretV1:SecretV1"],
  judge: ({ props }, report) => {
    if (!props.expiration) report("never expires");
  },
});

export const backupsKept = resourceRule({
  name: "data-containers-not-emptied",
  concern: "data",
  severity: "high",
  reason: "With `forceDestroy` a `destroy` empties containers of uploads and backups without a word.",
  remediation: "leave `database.volume.onDestroy` at `refuse` or `keep`.",
  on: ["openstack:objectstorage/container:Container"],
  judge: ({ props }, report) => {
    if (props.forceDestroy) report("is emptied by `destroy`");
  },
});
