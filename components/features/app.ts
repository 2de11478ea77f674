/** App servers: the shop itself. Only they reach the database, Swift, the mail relay and payment gateways. */
import { servicesRole } from "../cloud-init/roles/services";
import { allow, PORTS, type SecurityRule } from "../core/security-rule";
import { countedGroup } from "./counted-group";
import { ANY_FLAVOR, type ConnectionFacts, type Feature } from "./feature";

function incoming(group: string, { balanced, cidrs, haproxy }: ConnectionFacts) {
  if (balanced === "connections") {
    return [
      ...allow(group, "ingress", "tcp", PORTS.http, [cidrs.web], "web servers' connections, passed on by the balancer"),
      ...allow(group, "ingress", "tcp", PORTS.http, [cidrs.app], "the balancer's checks, from the app subnet"),
    ];
  }
  if (haproxy.length > 0) return [];
  const reason = "web servers' requests, from the balancer in the app subnet";
  return allow(group, "ingress", "tcp", PORTS.http, [cidrs.app], reason);
}

function outgoing(group: string, { access, database, servicePorts = [PORTS.https] }: ConnectionFacts) {
  return [
    ...allow(group, "egress", "tcp", PORTS.mysql, [`${database}/32`], "next tier: the database"),
    ...servicePorts.flatMap((port) => allow(group, "egress", "tcp", port, access.services, "OpenStack endpoints")),
  ];
}

/** What servers that run the shop need. @param group of servers */
export function shopConnections(group: string, facts: ConnectionFacts): SecurityRule[] {
  return [...incoming(group, facts), ...outgoing(group, facts)];
}

/** Those of a group whose servers take payments. */
export function payments(group: string, { access }: ConnectionFacts): SecurityRule[] {
  return allow(group, "egress", "tcp", PORTS.https, access.payments, "payment gateways");
}

function mail({ access, mailPort }: ConnectionFacts): SecurityRule[] {
  return mailPort === undefined ? [] : allow("app", "egress", "tcp", mailPort, access.mail, "mail relay");
}

export const app: Feature = {
  names: ["app"],
  groups: ({ app: section }) => [countedGroup({ key: "app", name: "app", tier: "app", section }, section.image)],
  connections: (facts) => [...shopConnections("app", facts), ...mail(facts), ...payments("app", facts)],
  image: ({ shop }) =>
    servicesRole({
      flavor: ANY_FLAVOR,
      balancers: [],
      release: shop.release,
      database: { host: "", port: 0, store: "", password: "", caCertificate: "" },
      shop: { url: "", adminEmail: "", adminPassword: "" },
      // An image serves stores of either kind.
      media: { authUrl: "", containerUrl: "", credentialId: "", secret: "" },
      mail: { host: "", port: 0, tls: "starttls", from: "", password: "" },
    }),
};
