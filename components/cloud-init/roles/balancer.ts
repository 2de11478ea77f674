/** The balancer role: HAProxy, and keepalived for the address that two of them share. */
import type { Certificate } from "../../core/certificate";
import { type Role, script } from "../role";
import { type HaproxyArgs, haproxyConf, initialState } from "./haproxy";

export interface BalancerRoleArgs
  extends Pick<HaproxyArgs, "flavor" | "pool" | "slots" | "isPublic" | "connections" | "favoured"> {
  readonly own: { readonly name: string; readonly address: string };
  readonly peer: { readonly name: string; readonly address: string };
  /** Has the shared address when both start, if it is the higher one. */
  readonly priority: number;
  readonly vip: string;
  /** Secret of the two. */
  readonly password: string;
  /** None: plain HTTP. */
  readonly certificate: Certificate | undefined;
}

const TLS_FILE = "/etc/ecommerce/tls/site.pem";
const KEEP_STATE = "/usr/local/lib/ecommerce/haproxy-state.sh";

/** VRRP carries no more of it. */
const PASSWORD_LENGTH = 8;
const ROUTER_ID = 51;

/**
 * One second between two advertisements, three and a bit without one until the other takes over. The server that has the address
 * keeps it when the other comes back. The interface is put in by the role's script.
 */
const keepalived = ({ own, peer, vip, password, priority }: BalancerRoleArgs) => `global_defs {
  router_id ${own.name}
  enable_script_security
  script_user nobody nogroup
}
vrrp_script haproxy {
  script "/usr/bin/curl -sf --max-time 1 -o /dev/null http://127.0.0.1:8404/alive"
  interval 1
  timeout 2
  fall 2
  rise 2
}
vrrp_instance shared {
  state BACKUP
  nopreempt
  interface @INTERFACE@
  virtual_router_id ${ROUTER_ID}
  priority ${priority}
  advert_int 1
  garp_master_delay 1
  garp_master_refresh 30
  unicast_src_ip ${own.address}
  unicast_peer {
    ${peer.address}
  }
  authentication {
    auth_type PASS
    auth_pass ${password.slice(0, PASSWORD_LENGTH)}
  }
  virtual_ipaddress {
    ${vip}/32 dev @INTERFACE@
  }
  track_script {
    haproxy
  }
}
`;

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
      { path: "/etc/ecommerce/keepalived.conf", content: keepalived(args), mode: "0600" },
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
