import type { Sample } from "../../support/policy";
import { type Cases, floating, group, heat, instance, member, named, of, port, tags, volume, web } from "./parts";

const flavors = [{ name: "m1.small", vcpus: 1, ram: 2048, disk: 20 }];
const prices = {
  currency: "EUR",
  vcpu: 0.01,
  ram: 0.004,
  volume: { ssd: 0.0001 },
  balancer: 0.02,
  address: 0.005,
};
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

export const WHOLE: Cases = {
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
