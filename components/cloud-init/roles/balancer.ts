/** The balancer role: HAProxy, and keepalived for the address that two of them share. */
import type { Certificate } from "../../core/certificate";
import { type Role, script } from "../role";
import { type HaproxyArgs, haproxyConf, initialState } from "./haproxy";
import { keepalived, type SharedAddress } from "./keepalived";

export interface BalancerRoleArgs
  extends Pick<HaproxyArgs, "flavor" | "pool" | "slots" | "isPublic" | "connections" | "favoured">,
    SharedAddress {
  /** None: plain HTTP. */
  readonly certificate: Certificate | undefined;
}

const TLS_FILE = "/etc/ecommerce/tls/site.pem";
const KEEP_STATE = "/usr/local/lib/ecommerce/haproxy-state.sh";

/** HAProxy answers on the server itself. */
const CHECK = {
  name: "haproxy",
  script: "/usr/bin/curl -sf --max-time 1 -o /dev/null http://127.0.0.1:8404/alive",
  user: "nobody nogroup",
};

/** Who is there is remembered over reloads and restarts. */
const unit = `[Service]
Environment=CONFIG=/etc/ecommerce/haproxy.cfg
ExecStartPre=${KEEP_STATE} restore
ExecReload=
ExecReload=/usr/sbin/haproxy -Ws -f \${CONFIG} -c -q
ExecReload=${KEEP_STATE} save
ExecReload=/bin/kill -USR2 $MAINPID
ExecStop=${KEEP_STATE} save
`;

export function balancerRole(args: BalancerRoleArgs): Role {
  const { own, peer, certificate, slots } = args;
  const tlsFile = certificate ? TLS_FILE : undefined;
  return {
    name: "balancer",
    imageFiles: [
      script("haproxy-state.sh", "0755"),
      { path: "/etc/systemd/system/haproxy.service.d/ecommerce.conf", content: unit },
    ],
    bootFiles: [
      { path: "/etc/ecommerce/haproxy.cfg", content: haproxyConf({ ...args, nodes: [own, peer], tlsFile }) },
      { path: "/etc/ecommerce/haproxy.state", content: initialState(slots) },
      { path: "/etc/ecommerce/keepalived.conf", content: keepalived({ ...args, check: CHECK }), mode: "0600" },
      ...(certificate
        ? [{ path: TLS_FILE, content: `${certificate.chain}${certificate.privateKey}`, mode: "0400" as const }]
        : []),
    ],
    imageSettings: {},
    settings: { OWN_ADDRESS: own.address },
    sysctl: {
      "net.core.somaxconn": 4096,
      "net.ipv4.ip_local_port_range": "10240 65535",
      "net.ipv4.tcp_tw_reuse": 1,
      "net.ipv4.tcp_fin_timeout": 15,
    },
  };
}
