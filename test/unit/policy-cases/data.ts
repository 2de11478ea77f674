import { unknownStringValue } from "@pulumi/policy/proxy";
import { template } from "../../support/group-template";
import {
  attachment,
  boots,
  type Cases,
  container,
  heat,
  instance,
  named,
  of,
  stack,
  tags,
  userData,
  volume,
} from "./parts";

export const DATA: Cases = {
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
      container({ containerWrite: " %2a:* " }),
      ...[".referrer:*", ".ref:*", ".r: *", " .referer : *", ".r:.com", "a:b,.r:shop.example.com", ".R:*"].map(
        (containerRead) => container({ containerRead }),
      ),
      container({ name: "ecommerce-dev-backups", containerRead: ".r:*" }),
      container({ name: "ecommerce-dev-static", containerRead: ".r:*,.rlistings" }),
    ],
    says: /is (read|written) by every(body| user)|has "\.R:\*" as containerRead, which Swift does not take/,
    good: [
      container({ containerRead: unknownStringValue }),
      container({ containerRead: ".r:-*,.rlistings" }),
      container({ containerRead: "project:*,*:user" }),
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
};
