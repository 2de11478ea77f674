/** What must be made one after another: OpenStack and the provider race where two things change at once. */
import { comesAfter, partsOf, races } from "../graph";
import { storeRule } from "../rule";

const INTERFACE = "openstack:networking/routerInterface:RouterInterface";

export const routerInterfacesInTurn = storeRule({
  name: "network-router-interfaces-in-turn",
  concern: "network",
  severity: "medium",
  reason: "Two interfaces that a router gets at once race in Neutron, and one of them fails.",
  remediation: "let each `RouterInterface` depend on the one before it.",
  judgeStore: (store, report) => {
    const all = store.of(INTERFACE);
    for (const router of new Set(all.flatMap((one) => one.sources("routerId")))) {
      for (const { one, other } of races(all.filter((leg) => leg.sources("routerId").includes(router)))) {
        report(`is put into ${router.name} at the same time as ${other.name}`, one);
      }
    }
  },
});

export const addressesAfterRoutes = storeRule({
  name: "network-addresses-after-routes",
  concern: "network",
  severity: "medium",
  reason: "Neutron refuses a floating IP while no router leads from its port to the outside.",
  remediation: "let the association depend on the subnet's `RouterInterface`.",
  judgeStore: (store, report) => {
    const legs = store.of(INTERFACE);
    if (legs.length === 0) return;
    for (const association of store.of("openstack:networking/floatingIpAssociate:FloatingIpAssociate")) {
      if (!legs.some((leg) => comesAfter(association, leg))) report("waits for no router interface", association);
    }
  },
});

export const balancerPartsInTurn = storeRule({
  name: "balancing-parts-in-turn",
  concern: "balancing",
  severity: "medium",
  reason: "While one part of a balancer changes, Octavia answers 409 to the change of another.",
  remediation: "chain listeners, pools, monitors, members and elastic groups by `dependsOn`.",
  judgeStore: (store, report) => {
    for (const [balancer, parts] of partsOf(store)) {
      for (const { one, other } of races(parts)) {
        report(`changes ${balancer.name} at the same time as ${other.name}`, one);
      }
    }
  },
});
