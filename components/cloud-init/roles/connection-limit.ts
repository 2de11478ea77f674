/** How many connections one client may have to a web server that clients reach directly: the packet filter counts them. */
import type { ServerFile } from "../document";

export interface ConnectionLimitArgs {
  /** Connections of one client; 0: no limit. */
  readonly connections: number;
  /** CIDRs of clients that may have any number. */
  readonly favoured: readonly string[];
}

const RULES = "/etc/ecommerce/connections.nft";

/**
 * Only connections from outside are followed, or each request to the shop would take a place in the kernel's table too; and
 * those that have ended leave it soon.
 */
const rules = ({ connections, favoured }: ConnectionLimitArgs) => `#!/usr/sbin/nft -f
table inet ecommerce_connections
delete table inet ecommerce_connections
table inet ecommerce_connections {
  set clients {
    type ipv4_addr
    size 65535
    flags dynamic
  }
  chain arriving {
    type filter hook prerouting priority raw; policy accept;
    iif lo notrack
    tcp sport 80 notrack
  }
  chain leaving {
    type filter hook output priority raw; policy accept;
    oif lo notrack
    tcp dport 80 notrack
  }
  chain input {
    type filter hook input priority filter; policy accept;
${favoured.length > 0 ? `    ip saddr { ${favoured.join(", ")} } accept\n` : ""}    tcp dport { 80, 443 } ct state new add @clients { ip saddr ct count over ${connections} } counter reject with tcp reset
  }
}
`;

const unit = `[Unit]
Description=No client has all of the shop's connections
Before=apache2.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f ${RULES}
ExecStart=-/usr/sbin/sysctl --quiet --write net.netfilter.nf_conntrack_tcp_timeout_time_wait=5 net.netfilter.nf_conntrack_tcp_timeout_fin_wait=10

[Install]
WantedBy=multi-user.target
`;

export function connectionLimitFiles(args: ConnectionLimitArgs): ServerFile[] {
  if (args.connections === 0) return [];
  return [
    { path: RULES, content: rules(args) },
    { path: "/etc/systemd/system/ecommerce-connections.service", content: unit },
  ];
}

export function connectionLimitSettings({ connections }: Pick<ConnectionLimitArgs, "connections">) {
  return connections === 0 ? {} : { CONNECTIONS: RULES };
}
