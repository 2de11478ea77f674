import { unknownStringValue } from "@pulumi/policy/proxy";
import { type Cases, instance, named, network, of, port, tags, volume } from "./parts";

export const COMPUTE: Cases = {
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
    bad: [
      of("compute/serverGroup:ServerGroup")({ policies: ["anti-affinity"] }),
      of("compute/serverGroup:ServerGroup")({ policies: "anti-affinity" }),
    ],
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
};
