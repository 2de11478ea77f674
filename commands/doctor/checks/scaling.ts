/** What elastic groups go by: Heat's abilities, a trust, and telemetry that is often enough. */
import type { Token } from "../../../components/cloud/api";
import { noTrust } from "../../../components/cloud/scaling-needs";
import { balancesConnections } from "../../../components/config/balancing-schema";
import { type Counted, elasticGroups, type StoreConfig } from "../../../components/config/schema";
import { TEMPLATE_VERSION } from "../../../components/scaling/template";
import type { CloudView } from "../cloud-view";
import { type Finding, fine, unknown, wrong } from "../finding";

const GROUP_TYPES = ["OS::Heat::AutoScalingGroup", "OS::Heat::ScalingPolicy", "OS::Octavia::PoolMember"];
const PROMETHEUS_TYPE = "OS::Aodh::PrometheusAlarm";
const ALARM_TYPES = {
  "heat-aodh": ["OS::Aodh::GnocchiAggregationByResourcesAlarm"],
  "heat-prometheus": [PROMETHEUS_TYPE],
  "heat-signal": [],
};
const HEALING_TYPE = "OS::Aodh::LBMemberHealthAlarm";
const METHOD = "rate:mean";

export async function heat(cloud: CloudView, config: StoreConfig): Promise<Finding[]> {
  const groups = elasticGroups(config);
  const [first] = groups;
  if (!first || !cloud.has("orchestration")) return [];
  const toStatic = Object.fromEntries(groups.map((one) => [`${one.key}.scaling`, { mode: "static" }]));
  const [versions, types, token] = await Promise.all([cloud.templateVersions(), cloud.resourceTypes(), cloud.token()]);
  const key = `${first.key}.scaling`;
  const healing = groups.some(({ scaling }) => scaling.heal);
  const needed = [...GROUP_TYPES, ...ALARM_TYPES[config.telemetry.driver], ...(healing ? [HEALING_TYPE] : [])];
  const lacking = needed.filter((type) => !types.includes(type));
  const version = `heat_template_version.${TEMPLATE_VERSION}`;
  return [
    versions.some((one) => one.version === version)
      ? fine(key, `Heat knows templates of ${TEMPLATE_VERSION}`)
      : wrong(key, `Heat is older than OpenStack Wallaby: no templates of ${TEMPLATE_VERSION}`, toStatic),
    lacking.length === 0
      ? fine(key, "Heat has all resource types")
      : wrong(key, `Heat has no ${lacking.join(", ")}`, toStatic),
    trust(key, token.application_credential),
    ...prometheus(cloud, config, types),
    ...readable(config),
  ];
}

/** Nothing that a user may ask shows whether Aodh has a Prometheus, and what Ceilometer exports to it. */
function prometheus(cloud: CloudView, { telemetry }: StoreConfig, types: readonly string[]): Finding[] {
  const key = "telemetry.driver";
  const ask =
    "whether Aodh goes by a Prometheus (with prometheus_disable_rbac), that Ceilometer exports `ceilometer_cpu` to it with the label server_group, and how often it polls";
  if (telemetry.driver === "heat-prometheus") return [unknown(key, `a cloud does not show its Prometheus: ask ${ask}`)];
  const mayFit = telemetry.driver === "heat-aodh" && !cloud.has("metric") && cloud.has("alarming");
  if (!mayFit || !types.includes(PROMETHEUS_TYPE)) return [];
  return [unknown(key, `Heat knows alarms on Prometheus: heat-prometheus fits if your cloud has one; ask ${ask}`)];
}

/** Heat keeps what members boot from, and shows it to everybody who may read the project. */
export function readable(config: Counted & Pick<StoreConfig, "balancing" | "shop">): Finding[] {
  const { balancing, shop } = config;
  const secrets = {
    web: balancesConnections(balancing) && balancing.tls ? ["the private key of the certificate"] : [],
    app: [
      "the password of the shop's database",
      "the administrator's first password",
      ...(shop.media.driver === "swift" ? ["the credential for uploads"] : []),
      ...(shop.mail?.user === undefined ? [] : ["the password of the mail relay"]),
    ],
  };
  return elasticGroups(config).flatMap(({ key, tier }) => {
    if (secrets[tier].length === 0) return [];
    const text = `users with the role reader in this project can read in Heat: ${secrets[tier].join(", ")}; see docs/servers.md`;
    return [unknown(`${key}.scaling`, text)];
  });
}

function trust(key: string, credential: Token["application_credential"]): Finding {
  if (!credential) return fine(key, "these credentials may make trusts");
  const text = `groups need a trust; ${noTrust(credential.name)}`;
  return credential.restricted ? wrong(key, text) : unknown(key, text);
}

/** Seconds of `0:05:00`, `1 day, 0:00:00`, or a number. */
export function seconds(text: string | number): number {
  if (typeof text === "number") return text;
  const [, days = "0", hours = "0", minutes = "0", rest = "0"] =
    /^(?:(\d+) days?, )?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  return Number(days) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
}

export async function telemetry(cloud: CloudView, config: StoreConfig): Promise<Finding[]> {
  if (elasticGroups(config).length === 0 || config.telemetry.driver !== "heat-aodh" || !cloud.has("metric")) return [];
  const [policies, instances] = await Promise.all([cloud.archivePolicies(), cloud.instances()]);
  const sampled = instances.find(({ metrics }) => metrics.cpu);
  const cpu = sampled?.metrics.cpu;
  const name = cpu ? (await cloud.metric(cpu)).archive_policy.name : undefined;
  const able = policies.filter((policy) => policy.aggregation_methods.includes(METHOD));
  const used = name ? able.filter((policy) => policy.name === name) : able;
  return [granularity(config, used, name), await sampling(cloud, config, cpu), ...endings(instances)];
}

type Policies = Awaited<ReturnType<CloudView["archivePolicies"]>>;

function granularity({ telemetry: { granularity: wanted } }: StoreConfig, policies: Policies, name?: string): Finding {
  const key = "telemetry.granularity";
  const whose = name ? `archive policy ${name}, which this project's servers are stored by,` : "every archive policy";
  if (policies.length === 0)
    return wrong(key, `${whose} lacks the aggregation method ${METHOD}: ask for ceilometer-low-rate`);
  const there = policies.flatMap(({ definition }) => definition.map((one) => seconds(one.granularity)));
  const all = [...new Set(there)].sort((one, other) => one - other);
  if (all.includes(wanted)) {
    const sure = name
      ? `archive policy ${name} has ${wanted} s with ${METHOD}`
      : `an archive policy has ${wanted} s with ${METHOD}; no server has been sampled yet to see which is used`;
    return name ? fine(key, sure) : unknown(key, sure);
  }
  const next = all.find((one) => one >= wanted) ?? all.at(-1);
  const set = next === undefined ? undefined : { [key]: next };
  return wrong(
    key,
    `no values every ${wanted} s with ${METHOD}; there are: ${all.map((one) => `${one} s`).join(", ")}`,
    set,
  );
}

/** Median distance of the newest values at the finest granularity: how often the cloud really samples. */
async function sampling(cloud: CloudView, { telemetry: own }: StoreConfig, cpu?: string): Promise<Finding> {
  const key = "telemetry.sampling";
  const measures = cpu ? await cloud.measures(cpu) : [];
  const finest = Math.min(...measures.map(([, granularity]) => granularity));
  const times = measures.filter(([, granularity]) => granularity === finest).map(([time]) => Date.parse(time) / 1000);
  const gaps = times.slice(-11).flatMap((time, index, all) => (index > 0 ? [time - (all[index - 1] ?? time)] : []));
  const median = gaps.sort((one, other) => one - other)[Math.floor(gaps.length / 2)];
  if (median === undefined) {
    return unknown(
      key,
      "cannot be seen before a server of this project has run for a while: ask for Ceilometer's polling interval",
    );
  }
  if (median <= own.sampling) return fine(key, `servers are sampled every ${median} s`);
  const granularity = Math.max(own.granularity, median);
  const set = { [key]: median, ...(granularity === own.granularity ? {} : { "telemetry.granularity": granularity }) };
  return wrong(key, `servers are sampled every ${median} s, not every ${own.sampling} s`, set);
}

function endings(instances: Awaited<ReturnType<CloudView["instances"]>>): Finding[] {
  const gone = instances.filter(({ deleted_at: deleted }) => deleted);
  if (gone.length === 0) return [];
  const key = "telemetry";
  return gone.some(({ ended_at: ended }) => ended !== null)
    ? [fine(key, "servers that are gone are marked so")]
    : [
        unknown(
          key,
          "servers that are gone are not marked so, and count until their values are older than the window: Ceilometer's event_pipeline.yaml wants the publisher gnocchi://",
        ),
      ];
}
