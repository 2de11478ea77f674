/** Who reaches whom: by the rule table, and by what packets find. */
import { cidrOf, overlap } from "../../components/core/cidr";
import type { SecurityRule } from "../../components/core/security-rule";
import type { ServerGroup } from "../../components/features/feature";
import { inside } from "./full-lab";

type Tier = "web" | "app" | "db";
type Verdict = "reached" | "silence";

export interface ReachabilityArgs {
  readonly groups: readonly Pick<ServerGroup, "name" | "tier">[];
  readonly rules: readonly SecurityRule[];
  readonly cidrs: Readonly<Record<Tier, string>>;
  /** Of each tier's balancer, and of each service's. */
  readonly vips: Readonly<Record<string, string>>;
  /** By server, e.g. `web-1`. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly ports: readonly number[];
}

const groupOf = (server: string) => server.replace(/-[^-]+$/, "");
/** Web and db share no router. */
const joined = (from: Tier, to: Tier) => from === to || from === "app" || to === "app";

/** Tries every port of every address from the first server of each group. A refused connection has reached its end. */
export async function reachable(args: ReachabilityArgs) {
  const { addresses, vips, ports } = args;
  const ofVips = Object.entries(vips).map(([group, vip]) => [`${group}-vip`, vip]);
  const targets: Readonly<Record<string, string>> = { ...addresses, ...Object.fromEntries(ofVips) };
  const expected: Record<string, Verdict> = {};
  const seen: Record<string, Verdict> = {};
  for (const from of Object.keys(addresses).filter((server) => server.endsWith("-1"))) {
    const tries = Object.entries(targets)
      .filter(([to]) => to !== from)
      .flatMap(([to, address]) => ports.map((port) => ({ key: `${from} to ${to}:${port}`, to, address, port })));
    for (const { key, to, port } of tries) expected[key] = mayReach(args, from, to, port) ? "reached" : "silence";
    const script = tries.map(({ key, address, port }) => `probe '${key}' ${address} ${port} &`).join("\n");
    const said = await inside(from, `${PROBE}\n${script}\nwait`);
    for (const line of said.split("\n")) {
      const [key = "", verdict] = line.split("|");
      seen[key] = verdict === "reached" ? "reached" : "silence";
    }
  }
  return { expected, seen };
}

const PROBE = `probe() {
  said=$(timeout 4 bash -c "</dev/tcp/$2/$3" 2>&1) && verdict=reached || case $said in
    *refused*) verdict=reached ;;
    *) verdict=silence ;;
  esac
  echo "$1|$verdict"
}`;

/** Whether the table lets one server, e.g. `web-1`, open a TCP connection to another one or to a VIP, e.g. `app-vip`. */
export function mayReach(
  { groups, rules, addresses, vips }: Omit<ReachabilityArgs, "cidrs" | "ports">,
  from: string,
  to: string,
  port: number,
): boolean {
  const [source, target] = [groupOf(from), groupOf(to)];
  const tierOf = (group: string) => groups.find(({ name }) => name === group)?.tier;
  const ends = [tierOf(source), tierOf(target)] as const;
  if (!ends[0] || !ends[1] || !joined(ends[0], ends[1])) return false;
  const has = (group: string, direction: SecurityRule["direction"], address: string) =>
    rules.some(
      (rule) =>
        rule.tier === group &&
        rule.direction === direction &&
        rule.protocol === "tcp" &&
        rule.port === port &&
        overlap(cidrOf(rule.cidr), cidrOf(`${address}/32`)),
    );
  // Behind a VIP are its group's servers, and only the shop's port leads there.
  if (to.endsWith("-vip")) {
    const behind = Object.entries(addresses).find(([server]) => groupOf(server) === target)?.[1] ?? "";
    const vip = vips[target] ?? "0.0.0.0";
    return (
      port === 80 &&
      (has(source, "egress", behind) || has(source, "egress", vip)) &&
      has(target, "ingress", addresses[from] ?? "")
    );
  }
  return has(source, "egress", addresses[to] ?? "") && has(target, "ingress", addresses[from] ?? "");
}
