/** App servers: the shop itself. Only they reach the database, Swift, the mail relay and payment gateways. */
import { servicesRole } from "../cloud-init/roles/services";
import { allow, PORTS } from "../core/security-rule";
import { ANY_FLAVOR, type ConnectionFacts, type Feature } from "./feature";
import { tierGroup } from "./tier-group";

function incoming({ balanced, cidrs, haproxy }: ConnectionFacts) {
  if (balanced === "connections") {
    return [
      ...allow("app", "ingress", "tcp", PORTS.http, [cidrs.web], "web servers' connections, passed on by the balancer"),
      ...allow("app", "ingress", "tcp", PORTS.http, [cidrs.app], "the balancer's checks, from the app subnet"),
    ];
  }
  if (haproxy.length > 0) return [];
  const reason = "web servers' requests, from the balancer in the app subnet";
  return allow("app", "ingress", "tcp", PORTS.http, [cidrs.app], reason);
}

function outgoing({ access, database, mailPort, servicePorts = [PORTS.https] }: ConnectionFacts) {
  return [
    ...allow("app", "egress", "tcp", PORTS.mysql, [`${database}/32`], "next tier: the database"),
    ...servicePorts.flatMap((port) => allow("app", "egress", "tcp", port, access.services, "OpenStack endpoints")),
    ...(mailPort === undefined ? [] : allow("app", "egress", "tcp", mailPort, access.mail, "mail relay")),
    ...allow("app", "egress", "tcp", PORTS.https, access.payments, "payment gateways"),
  ];
}

export const app: Feature = {
  names: ["app"],
  groups: (config) => [tierGroup("app", config.app)],
  connections: (facts) => [...incoming(facts), ...outgoing(facts)],
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
