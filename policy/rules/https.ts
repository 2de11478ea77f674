/** Shoppers come by HTTPS, at the balancer or at servers. */
import { bootsOf } from "../boots";
import { type SeenInStore, type Store, tierOf } from "../resources";
import { storeRule } from "../rule";
import { balancersOf, says } from "./balancing-servers";
import { passesClientsOn } from "./connections";

const BALANCER = "openstack:loadbalancer/loadBalancer:LoadBalancer";
const LISTENER = "openstack:loadbalancer/listener:Listener";

/** Lines of the HAProxy role's configuration. */
const HAPROXY = { https: "bind :443 ssl", redirect: "http-request redirect scheme https" };

export const httpsForShoppers = storeRule({
  name: "balancing-https-for-shoppers",
  concern: "balancing",
  severity: "high",
  reason: "Passwords and orders must not travel in clear text.",
  remediation: "set `balancing.tls.container` to a certificate in Barbican.",
  judgeStore: (store, report) => {
    for (const balancer of webBalancers(store)) {
      if (!listenersOf(store, balancer).some(isSecure)) report("has no HTTPS listener", balancer);
    }
    for (const server of balancersOf(store, "web")) {
      if (!says(server, HAPROXY.https)) report("does not serve HTTPS", server);
    }
  },
});

export const plainHttpRedirected = storeRule({
  name: "balancing-plain-http-redirected",
  concern: "balancing",
  severity: "medium",
  reason: "A shopper who types the shop's name comes by plain HTTP, and must be led to HTTPS before anything else.",
  remediation:
    "leave the redirect in the web servers' configuration, or give the listener an L7 policy that redirects.",
  judgeStore: (store, report) => {
    for (const balancer of webBalancers(store)) {
      const listeners = listenersOf(store, balancer);
      if (!listeners.some(isSecure)) continue;
      const plain = listeners.filter(
        (listener) => listener.props.protocol === "HTTP" || isPassedOn(listener, HTTP_PORT),
      );
      const redirected = new Set(
        store
          .of("openstack:loadbalancer/l7PolicyV2:L7PolicyV2")
          .filter(({ props }) => /^REDIRECT/.test(String(props.action)))
          .flatMap((policy) => policy.sources("listenerId").map(({ urn }) => urn)),
      );
      for (const listener of plain) {
        if (!redirected.has(listener.urn) && !serversRedirect(store)) report("serves plain HTTP", listener);
      }
    }
    for (const server of balancersOf(store, "web")) {
      if (says(server, HAPROXY.https) && !says(server, HAPROXY.redirect)) report("serves plain HTTP", server);
    }
  },
});

/** The web servers' own redirect, as our role writes it; user data that a preview cannot know yet is trusted. */
function serversRedirect(store: Store): boolean {
  const boots = store.resources.flatMap(bootsOf).filter(({ tier }) => tier === "web");
  return boots.length > 0 && boots.every(({ text }) => text === "" || text.includes("RewriteRule ^ https://"));
}

const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/** Connections to a port that servers behind provider ovn answer themselves. */
const isPassedOn = (listener: SeenInStore<typeof LISTENER>, port: number) =>
  passesClientsOn(listener) && Number(listener.props.protocolPort) === port;

const isSecure = (listener: SeenInStore<typeof LISTENER>) =>
  listener.props.protocol === "TERMINATED_HTTPS" ||
  listener.props.protocol === "HTTPS" ||
  isPassedOn(listener, HTTPS_PORT);

const webBalancers = (store: Store) => store.of(BALANCER).filter((balancer) => tierOf(balancer) === "web");

const listenersOf = (store: Store, balancer: SeenInStore) =>
  store.of(LISTENER).filter((one) => one.sources("loadbalancerId").some(({ urn }) => urn === balancer.urn));
