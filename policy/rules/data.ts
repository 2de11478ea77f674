/** Data that outlives its servers, and is nobody else's. */
import { resourceRule } from "../rule";

const VOLUME = "openstack:blockstorage/volume:Volume";

export const encryptedVolumes = resourceRule({
  name: "data-encrypted-volumes",
  concern: "data",
  severity: "high",
  reason: "A disk that leaves the data centre takes the customers with it.",
  cure: "set `database.volume.type` to one of the types that your cloud encrypts.",
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
  on: [VOLUME],
  judge: ({ props: { volumeType } }, report, { types }) => {
    if (types.length === 0 || (volumeType && types.includes(volumeType))) return;
    report(`is of ${volumeType ? `the type ${volumeType}` : "the cloud's default type"}, not of ${types.join(" or ")}`);
  },
});

export const protectedVolumes = resourceRule({
  name: "data-protected-volumes",
  concern: "data",
  severity: "critical",
  reason: "One `destroy`, or one change that replaces the volume, ends the shop's data.",
  cure: "leave `database.volume.onDestroy` at `refuse`.",
  on: [VOLUME],
  judge: ({ opts }, report) => {
    if (!opts.protect) report("is not protected");
  },
});

const PUBLIC = /(^|,)\s*(\.r:\*|\.rlistings|\*(:\*)?)\s*(,|$)/;

export const privateContainers = resourceRule({
  name: "data-private-containers",
  concern: "data",
  severity: "critical",
  reason: "A public container gives uploads and backups to whoever guesses its name.",
  cure: "leave `containerRead` and `containerWrite` empty, or name projects and users.",
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
  judge: ({ props: { name = "", containerRead = "", containerWrite = "" } }, report, { publicRead }) => {
    if (PUBLIC.test(containerRead) && !publicRead.includes(name)) report("is read by everybody");
    if (PUBLIC.test(containerWrite)) report("is written by everybody");
  },
});

export const secretsExpire = resourceRule({
  name: "data-secrets-expire",
  concern: "data",
  severity: "medium",
  reason: "A secret without an end is never replaced.",
  cure: "set `expiration`.",
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
  cure: "leave `database.volume.onDestroy` at `refuse` or `keep`.",
  on: ["openstack:objectstorage/container:Container"],
  judge: ({ props }, report) => {
    if (props.forceDestroy) report("is emptied by `destroy`");
  },
});
