/** What services with servers of their own need of the rest of a stack file. */
import { addressPlan, POOL_START, reservedFor, serverCapacity } from "../core/address-plan";
import { cidrOf, indexIn } from "../core/cidr";
import { ROUTES, SERVICES, type Service } from "../core/services";
import { roomFor, slotsIn } from "./balancing-rules";
import type { Mistake, Rule, SoundStore } from "./rule";
import type { ServiceConfig } from "./services-schema";
import type { Sound } from "./sound";

/** The services that a stack file has, whatever is wrong with them. */
function given({ services }: SoundStore): [Service, Sound<ServiceConfig>][] {
  return SERVICES.flatMap((name): [Service, Sound<ServiceConfig>][] => {
    const section = services?.[name];
    return section ? [[name, { ...section, routes: section.routes ?? ROUTES[name] }]] : [];
  });
}

const needsOctavia: Rule = (store) => {
  const named = given(store);
  if (named.length === 0 || store.balancing?.driver !== "haproxy") return [];
  const problem =
    "must go with balancing.driver haproxy, whose servers cannot tell the members of two pools apart; or choose octavia";
  return named.map(([name]) => ({ key: `services.${name}`, value: name, problem }));
};

const onePlaceEach: Rule = (store) => {
  const first = new Map<string, Service>();
  const mistakes: Mistake[] = [];
  for (const [name, { routes = [] }] of given(store)) {
    for (const [index, route] of routes.entries()) {
      if (route === undefined) continue;
      const other = first.get(route);
      if (other === undefined) first.set(route, name);
      else if (other !== name)
        mistakes.push({
          key: `services.${name}.routes.${index}`,
          value: route,
          problem: `must be another one than those of services.${other}`,
        });
    }
  }
  return mistakes;
};

const freeAddress: Rule = (store) => {
  const { cidr, address, subnet } = store.network?.app ?? {};
  if (!cidr) return [];
  const plan = addressPlan(cidr, address);
  const taken = new Map<string, string>([
    [plan.fixedIp, "the app balancer's"],
    [plan.keeper, "the keeper's"],
  ]);
  return given(store).flatMap(([name, { address: own }]) => {
    const vip = own ?? plan.services[name];
    const key = `services.${name}.address`;
    const wrong = (problem: string) => [{ key, value: own, problem }];
    const index = indexIn(cidrOf(cidr), vip);
    if (index === undefined) return wrong(`must lie in network.app.cidr ${cidr}`);
    const reserved = subnet && index >= POOL_START ? undefined : reservedFor(cidr, index);
    const whose = taken.get(vip) ?? reserved;
    taken.set(vip, `the VIP of ${name}`);
    return whose ? wrong(`must be free, but is ${whose}`) : [];
  });
};

const most = ({ count, scaling }: Pick<Sound<ServiceConfig>, "count" | "scaling"> = {}) =>
  (scaling?.mode === "auto" ? scaling.max : count) ?? 0;

/** App servers, those of all services, and the keeper have one subnet. */
const roomForAll: Rule = (store) => {
  const named = given(store);
  const cidr = store.network?.app?.cidr;
  if (named.length === 0 || !cidr) return [];
  const all = [store.app, ...named.map(([, section]) => section)].reduce((sum, one) => sum + most(one), 0);
  const servers = all + (store.database?.backups ? 1 : 0);
  if (servers <= serverCapacity(cidr, slotsIn(store))) return [];
  const problem = `must be fewer or smaller: the app servers and those of all services are ${servers}, and ${roomFor("app", cidr, store)}`;
  return [{ key: "services", value: named.map(([name]) => name).join(", "), problem }];
};

export const SERVICES_RULES: readonly Rule[] = [needsOctavia, onePlaceEach, freeAddress, roomForAll];
