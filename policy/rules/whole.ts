/** What only shows in the store as a whole. */

import { HOURS_A_MONTH, PriceList } from "../../components/cost/price-list";
import { groupNames } from "../../components/features/index";
import { type Props, type Seen, type Store, tierOf } from "../resources";
import { resourceRule, storeRule } from "../rule";
import { type ElasticGroupSeen, elasticGroups, memberProperties } from "./heat-template";

const GROUP = "openstack:networking/secGroup:SecGroup";

export const groupPerTier = storeRule({
  name: "whole-group-per-tier",
  concern: "whole",
  severity: "high",
  reason: "A tier without a security group of its own has another tier's rights, or everybody's.",
  remediation: "give each tier a group, tagged `<project>-<stack>-<tier>`, and its ports that group.",
  judgeStore: (store, report) => {
    const groups = store.of(GROUP);
    for (const tier of groupNames()) {
      const has = groups.some((group) => tierOf(group) === tier);
      const isUsed = store.of("openstack:networking/port:Port").some((port) => tierOf(port) === tier);
      if (!has && isUsed) report(`has ports of tier ${tier}, but no security group for it`);
    }
    for (const port of store.of("openstack:networking/port:Port")) {
      const tier = tierOf(port);
      const foreign = port
        .sources("securityGroupIds")
        .filter((group) => group.kind === GROUP && tierOf(group) !== tier);
      if (tier) for (const group of foreign) report(`of tier ${tier} is in the group ${group.name}`, port);
    }
  },
});

export const withinLimits = storeRule({
  name: "whole-within-limits",
  concern: "whole",
  severity: "medium",
  reason: "A mistyped number can be a large bill.",
  remediation: "raise the limits in the pack's configuration, if the numbers are meant.",
  parameters: {
    schema: {
      servers: { type: "integer", minimum: 1, description: "servers, elastic groups at their largest" },
      volumes: { type: "integer", minimum: 1, description: "GiB of data volumes" },
      floatingIps: { type: "integer", minimum: 0, description: "floating IPs" },
    },
    defaults: { servers: 30, volumes: 2000, floatingIps: 1 },
  },
  judgeStore: (store, report, limits) => {
    const elastic = elasticGroups(store.of("openstack:orchestration/stackV1:StackV1"));
    const seen = {
      servers: store.of("openstack:compute/instance:Instance").length + elastic.reduce((sum, { max }) => sum + max, 0),
      volumes: store.of("openstack:blockstorage/volume:Volume").reduce((sum, { props }) => sum + Number(props.size), 0),
      floatingIps: store.of("openstack:networking/floatingIp:FloatingIp").length,
    };
    for (const what of ["servers", "volumes", "floatingIps"] as const) {
      if (seen[what] > limits[what]) report(`has ${seen[what]} ${what}, and the limit is ${limits[what]}`);
    }
  },
});

const STOREFRONT = "ecommerce:index:Storefront";

/** What all that is in the plan costs an hour, elastic groups at their largest. */
function hourly(store: Store, list: PriceList): number {
  const boot = ({ flavorName, blockDevices = [] }: Props<"openstack:compute/instance:Instance">) =>
    list.server(flavorName ?? "(by id)") +
    sum(blockDevices, ({ sourceType, destinationType, volumeSize, volumeType }) =>
      destinationType === "volume" && sourceType !== "volume" ? list.volume(Number(volumeSize ?? 0), volumeType) : 0,
    );
  const group = ({ max, group }: ElasticGroupSeen) => {
    const { flavor, root_disk: rootDisk = 0 } = memberProperties(group);
    return max * (list.server(String(flavor)) + (Number(rootDisk) > 0 ? list.volume(Number(rootDisk)) : 0));
  };
  return (
    sum(store.of("openstack:compute/instance:Instance"), ({ props }) => boot(props)) +
    sum(elasticGroups(store.of("openstack:orchestration/stackV1:StackV1")), group) +
    sum(store.of("openstack:blockstorage/volume:Volume"), ({ props: { size, volumeType } }) =>
      list.volume(Number(size), volumeType),
    ) +
    sum(store.of("openstack:loadbalancer/loadBalancer:LoadBalancer"), () => list.balancer) +
    sum(store.of("openstack:networking/floatingIp:FloatingIp"), () => list.address)
  );
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

export const withinCeiling = storeRule<{ readonly ceiling: number | undefined }>({
  name: "whole-within-ceiling",
  concern: "whole",
  severity: "medium",
  reason: "A cost that nobody computed before `up` is a surprise on the bill.",
  remediation: "run `npm run estimate` to see the cost of each part; make the store smaller, or raise the ceiling.",
  parameters: {
    schema: {
      ceiling: {
        type: "number",
        minimum: 0,
        description:
          "the most that the plan may cost a month (730 h), elastic groups at their largest, by `prices` of the stack file and in its currency; none: no limit",
      },
    },
    defaults: { ceiling: undefined },
  },
  judgeStore: (store, report, { ceiling }) => {
    if (ceiling === undefined) return;
    const facts = store.of(STOREFRONT).map(({ props }) => props);
    const prices = facts.find((one) => one.prices)?.prices;
    if (!prices) return report("has no known cost: the stack file has no `prices`");
    const list = new PriceList(
      prices,
      facts.flatMap(({ flavors = [] }) => flavors),
    );
    const cost = hourly(store, list) * HOURS_A_MONTH;
    for (const what of list.unpriced) report(`has no price for ${what}`);
    if (cost > ceiling) {
      report(`costs up to ${cost.toFixed(2)} ${prices.currency} a month, and the ceiling is ${ceiling}`);
    }
  },
});

const BANNED: readonly (readonly [RegExp, string])[] = [
  [
    /^openstack:networking\/portSecGroupAssociate:/,
    "adds and removes groups behind the port's back, and has a security bug",
  ],
  [/^openstack:compute\/(floatingIpAssociate|secGroup|interfaceAttach):/, "is nova-network's way; use networking"],
  [/^openstack:loadbalancer\/(memberV1|monitorV1|poolV1|vip):/, "is neutron-lbaas, retired in 2018"],
  [/^openstack:firewall\/(firewall|policy|rule):/, "is FWaaS v1, gone since OpenStack Stein"],
  [/^openstack:blockstorage\/volumeV[12]:/, "is a Cinder API that no cloud has any more"],
  [/^openstack:compute\/volumeV2:/, "is a Cinder API that no cloud has any more"],
  [/^openstack:database\//, "is Trove, whose volume type the provider cannot choose"],
];

export const bannedResources = storeRule({
  name: "whole-banned-resources",
  concern: "whole",
  severity: "high",
  reason: "These resource types no longer work, or harm other resources.",
  remediation: "use what the message names.",
  judgeStore: (store, report) => {
    for (const resource of store.resources) {
      const why = BANNED.find(([pattern]) => pattern.test(resource.kind))?.[1];
      if (why) report(`is a ${resource.kind}, which ${why}`, resource);
    }
  },
});

/** Kinds whose loss or doubling a killed engine would not show. */
export const membersOneByOne = resourceRule({
  name: "whole-members-one-by-one",
  concern: "whole",
  severity: "medium",
  reason: "A list of all members removes the members that an elastic group has added to the pool.",
  remediation: "use `loadbalancer.Member`, one for each server.",
  on: ["openstack:loadbalancer/members:Members"],
  judge: (_: Seen, report) => report("is a list of all members"),
});
