/** keepalived's configuration for two servers that share an address: balancers, or a pair of database servers. */

export interface SharedAddress {
  readonly own: { readonly name: string; readonly address: string };
  readonly peer: { readonly name: string; readonly address: string };
  /** Has the shared address when both start, if it is the higher one. */
  readonly priority: number;
  readonly vip: string;
  /** Secret of the two. */
  readonly password: string;
}

export interface KeepalivedArgs extends SharedAddress {
  /** Whether this server can serve at the address: a command that is run every second, by this user. */
  readonly check: { readonly name: string; readonly script: string; readonly user: string };
  /** Run, with `writer` or `standby`, when the address comes or goes; none: nothing is run. */
  readonly notify?: string;
}

/** VRRP carries no more of it. */
const PASSWORD_LENGTH = 8;
const ROUTER_ID = 51;

const notified = (command: string) => `  notify_master "${command} writer"
  notify_backup "${command} standby"
  notify_fault "${command} standby"
`;

/**
 * One second between two advertisements, three and a bit without one until the other takes over. The server that has the address
 * keeps it when the other comes back. The interface is put in by the role's script.
 */
export const keepalived = ({ own, peer, vip, password, priority, check, notify }: KeepalivedArgs) => `global_defs {
  router_id ${own.name}
  enable_script_security
  script_user ${check.user}
}
vrrp_script ${check.name} {
  script "${check.script}"
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
    ${check.name}
  }
${notify ? notified(notify) : ""}}
`;
