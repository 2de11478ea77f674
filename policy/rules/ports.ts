/** Ports that nobody can borrow. */
import { resourceRule, storeRule } from "../rule";
import { isWorld } from "./addresses";

const PORT = "openstack:networking/port:Port";

export const portSecurity = storeRule({
  name: "network-port-security",
  concern: "network",
  severity: "critical",
  reason: "Without port security neither security groups nor spoofing filters hold.",
  remediation:
    "leave `portSecurityEnabled` and `noSecurityGroups` alone; let further addresses in by `allowedAddressPairs`.",
  judgeStore: (store, report) => {
    // A router's leg has to pass what is meant for others.
    const legs = store
      .of("openstack:networking/routerInterface:RouterInterface")
      .flatMap((leg) => leg.sources("portId"));
    for (const port of store.of(PORT).filter((one) => !legs.includes(one))) {
      if (port.props.portSecurityEnabled === false) report("has port security switched off", port);
      if (port.props.noSecurityGroups === true) report("has no security group", port);
    }
    for (const network of store.of("openstack:networking/network:Network")) {
      if (network.props.portSecurityEnabled === false) report("has port security switched off", network);
    }
  },
});

export const narrowAddressPairs = resourceRule({
  name: "network-narrow-address-pairs",
  concern: "network",
  severity: "high",
  reason: "An address pair as wide as a network lets a server speak as any other.",
  remediation: "name single addresses (/32, /128).",
  on: [PORT],
  judge: ({ props }, report) => {
    for (const { ipAddress } of props.allowedAddressPairs ?? []) {
      if (isWorld(ipAddress)) report(`may use every address of ${ipAddress}`);
    }
  },
});
