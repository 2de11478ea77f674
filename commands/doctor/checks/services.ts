/** What the catalogue must list. */
import { elasticTiers, type StoreConfig } from "../../../components/config/schema";
import type { CloudView } from "../cloud-view";
import { type Finding, fine, wrong } from "../finding";

const BASIC = { compute: "Nova", image: "Glance", network: "Neutron", "block-storage": "Cinder" };

export async function services(cloud: CloudView, config: StoreConfig): Promise<Finding[]> {
  const need = (key: string, type: string, name: string, remediation: string, set?: Finding["set"]): Finding =>
    cloud.has(type)
      ? fine(key, `${name} is there`)
      : wrong(key, `the catalogue has no ${type} service; ${remediation}`, set);
  const elastic = elasticTiers(config);
  const toStatic = Object.fromEntries(elastic.map((tier) => [`${tier}.scaling`, { mode: "static" }]));
  const toSignal = { "telemetry.driver": "heat-signal" };
  const toHaproxy = {
    "balancing.driver": "haproxy",
    "balancing.servers": { image: config.web.image, flavor: config.web.flavor },
  };
  const alarms = elastic.length > 0 && config.telemetry.driver === "heat-aodh";
  const signals = elastic.length > 0 && config.telemetry.driver === "heat-signal";
  return [
    ...Object.entries(BASIC).map(([type, name]) => need("services", type, name, "the store cannot be without")),
    ...(config.balancing.driver === "octavia"
      ? [need("balancing.driver", "load-balancer", "Octavia", "HAProxy on servers of your own needs none", toHaproxy)]
      : []),
    ...(config.cloud.objectStorage
      ? [need("cloud.objectStorage", "object-store", "Swift", "go without", { "cloud.objectStorage": false })]
      : []),
    ...(config.balancing.tls
      ? [need("balancing.tls", "key-manager", "Barbican", "go without HTTPS", { "balancing.tls": undefined })]
      : []),
    ...elastic.map((tier) => need(`${tier}.scaling`, "orchestration", "Heat", "a static group needs none", toStatic)),
    ...(alarms
      ? [
          need("telemetry.driver", "alarming", "Aodh", "let alerting of your own call scaling URLs", toSignal),
          need("telemetry.driver", "metric", "Gnocchi", "let alerting of your own call scaling URLs", toSignal),
        ]
      : []),
    ...(signals
      ? [need("telemetry.driver", "cloudformation", "Heat's URL API", "a static group needs none", toStatic)]
      : []),
  ];
}
