/** Which services of OpenStack a store needs: `up` refuses a cloud without one, and the doctor proposes what to do. */
import { elasticGroups, type StoreConfig } from "../config/schema";

export interface ServiceNeed {
  /** Key of the stack file that asks for it. */
  readonly key: string;
  /** In Keystone's catalogue. */
  readonly type: string;
  readonly name: string;
  /** What to do on a cloud without it, in words. */
  readonly otherwise: string;
  /** The same as values by key; undefined takes a key away. None: there is no store without it. */
  readonly set?: Readonly<Record<string, unknown>>;
}

const BASIC = { compute: "Nova", image: "Glance", network: "Neutron", "block-storage": "Cinder" };

export function serviceNeeds(config: StoreConfig): ServiceNeed[] {
  return [
    ...Object.entries(BASIC).map(([type, name]) => ({ key: "cloud", type, name, otherwise: "no store is without it" })),
    ...balancingNeeds(config),
    ...(config.cloud.objectStorage ? [swiftNeed(config)] : []),
    ...scalingNeeds(config),
  ];
}

function swiftNeed({ database, shop }: StoreConfig): ServiceNeed {
  return {
    key: "cloud.objectStorage",
    type: "object-store",
    name: "Swift",
    otherwise: "set it to false on a cloud without Swift",
    set: {
      "cloud.objectStorage": false,
      ...(database.backups ? { "database.backups": undefined, "database.volume.grow": undefined } : {}),
      ...(shop.media.driver === "swift" ? { "shop.media": { driver: "local" } } : {}),
    },
  };
}

function balancingNeeds({ balancing, web }: StoreConfig): ServiceNeed[] {
  const haproxy = {
    "balancing.driver": "haproxy",
    "balancing.servers": { image: web.image, flavor: web.flavor },
  };
  return [
    ...(balancing.driver === "octavia"
      ? [
          {
            key: "balancing.driver",
            type: "load-balancer",
            name: "Octavia",
            otherwise: "Octavia makes the two load balancers; set haproxy, which needs none",
            set: haproxy,
          },
        ]
      : []),
    ...(balancing.tls
      ? [
          {
            key: "balancing.tls",
            type: "key-manager",
            name: "Barbican",
            otherwise: "Barbican holds the certificate; go without HTTPS",
            set: { "balancing.tls": undefined },
          },
        ]
      : []),
  ];
}

/** Elastic groups take Heat, and with alarms Aodh and what it goes by. The catalogue does not show a Prometheus. */
function scalingNeeds(config: StoreConfig): ServiceNeed[] {
  const groups = elasticGroups(config);
  if (groups.length === 0) return [];
  const allStatic = Object.fromEntries(groups.map(({ key }) => [`${key}.scaling`, { mode: "static" }]));
  const heat = groups.map((group) => ({
    key: `${group.key}.scaling.mode`,
    type: "orchestration",
    name: "Heat",
    otherwise: "elastic groups need Heat; set mode static",
    set: allStatic,
  }));
  const key = "telemetry.driver";
  if (config.telemetry.driver === "heat-signal") {
    const otherwise =
      "it is Heat's API for URLs, whose addresses the driver heat-signal gives; set heat-aodh, or the tier's mode static";
    return [...heat, { key, type: "cloudformation", name: "Heat's URL API", otherwise, set: allStatic }];
  }
  const aodh = { alarming: "Aodh" };
  const alarms = config.telemetry.driver === "heat-aodh" ? { ...aodh, metric: "Gnocchi" } : aodh;
  return [
    ...heat,
    ...Object.entries(alarms).map(([type, name]) => ({
      key,
      type,
      name,
      otherwise: `${config.telemetry.driver} needs ${name}; ${type === "metric" ? "set heat-prometheus if your cloud's Aodh goes by a Prometheus, or " : ""}set heat-signal, and let alerting of your own call the scaling URLs`,
      set: { [key]: "heat-signal" },
    })),
  ];
}
