/** HTTP as the provider speaks it: the same certificate authorities, client certificate and proxies. */
import tls from "node:tls";
import ipaddr from "ipaddr.js";
import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch, type RequestInit, type Response } from "undici";
import type { ConnectionSettings, Env } from "./connection-settings";

export type Send = (url: string, init: RequestInit) => Promise<Response>;

/** @throws Error for a certificate or key that is none; a request's error says what is in its way */
export function transport({ ca, client, insecure, env }: ConnectionSettings): Send {
  const own = {
    secureContext: tls.createSecureContext({ ca: ca ?? systemAuthorities(), ...client }),
    rejectUnauthorized: !insecure,
  };
  const direct = new Agent({ connect: own });
  const proxies = proxiesIn(env);
  const proxied = new EnvHttpProxyAgent({
    ...proxies,
    connect: own,
    requestTls: own,
    proxyTls: own,
    proxyTunnel: false,
  });
  return async (url, init) => {
    const dispatcher: Dispatcher = isDirect(new URL(url), proxies) ? direct : proxied;
    try {
      return await fetch(url, { ...init, dispatcher });
    } catch (cause) {
      const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
      const what = reason instanceof Error ? reason.message || reason.name : String(reason);
      throw new Error(`${init.method} ${url} failed: ${what}${adviceOn(reason)}`, { cause });
    }
  };
}

interface Proxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

function proxiesIn(env: Env): Proxies {
  const of = (name: string) => env[name] || env[name.toLowerCase()] || "";
  // Go takes an address without a scheme for plain HTTP.
  const address = (name: string) => of(name).replace(/^(?!\w+:\/\/)(?=.)/, "http://");
  return { httpProxy: address("HTTP_PROXY"), httpsProxy: address("HTTPS_PROXY"), noProxy: of("NO_PROXY") };
}

/**
 * What Go does and the library does not: HTTPS never goes by HTTP_PROXY, nothing on this machine goes by a proxy, and
 * NO_PROXY may have networks.
 */
function isDirect({ protocol, hostname }: URL, { httpProxy, httpsProxy, noProxy }: Proxies): boolean {
  if (!(protocol === "https:" ? httpsProxy : httpProxy)) return true;
  const host = hostname.replace(/^\[|\]$/g, "");
  if (host === "localhost") return true;
  if (!ipaddr.isValid(host)) return false;
  const address = ipaddr.process(host);
  if (address.range() === "loopback") return true;
  return noProxy.split(/[,\s]/).some((entry) => {
    if (!ipaddr.isValidCIDR(entry)) return false;
    const [network, prefix] = ipaddr.parseCIDR(entry);
    return network.kind() === address.kind() && address.match(network, prefix);
  });
}

/** Those that Node trusts and those of the system, which Go trusts. Node older than 22.15 cannot tell the system's. */
function systemAuthorities(): string[] | undefined {
  if (typeof tls.getCACertificates !== "function") return undefined;
  return [...tls.getCACertificates("default"), ...tls.getCACertificates("system")];
}

function adviceOn(reason: unknown): string {
  const code = String(Object(reason).code);
  if (!/CERT|SELF_SIGNED|ISSUER|SIGNATURE/.test(code)) return "";
  return "\n  What to do: name your certificate authority's file in OS_CACERT, `cacert` of clouds.yaml, or `openstack:cacertFile`";
}
