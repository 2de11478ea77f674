/** The keeper of a pair of database servers: it has the third voice, and no data. */
import type { MemberCertificate } from "../../core/certificate";
import { type Role, script } from "../role";
import { CONFINED } from "./confinement";
import { type KeeperRoleArgs, keeperRole } from "./keeper";
import { galeraMembers, galeraOptions, groupName } from "./pair";

export interface ArbiterRoleArgs extends KeeperRoleArgs {
  /** Addresses of the two. */
  readonly members: readonly [string, string];
  readonly member: MemberCertificate;
}

const CONFIG = "/etc/ecommerce/arbiter.cfg";

const unit = `[Unit]
Description=Has a voice when the two database servers do not hear each other
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
User=keeper
Group=keeper
ExecStart=/usr/bin/garbd --cfg ${CONFIG}
Restart=always
RestartSec=2
${CONFINED}
[Install]
WantedBy=multi-user.target
`;

export function arbiterRole(args: ArbiterRoleArgs): Role {
  const role = keeperRole(args);
  return {
    ...role,
    name: "arbiter",
    imageFiles: [
      ...role.imageFiles,
      script("keeper.sh"),
      { path: "/etc/systemd/system/ecommerce-arbitrator.service", content: unit },
    ],
    bootFiles: [
      ...role.bootFiles,
      {
        path: CONFIG,
        content: `group = ${groupName(args.store)}
address = ${galeraMembers(args.members)}
options = ${galeraOptions("arbiter")}
name = keeper
`,
      },
      { path: "/etc/ecommerce/tls/ca.crt", content: args.database.caCertificate },
      { path: "/etc/ecommerce/tls/arbiter.crt", content: args.member.certificate },
      { path: "/etc/ecommerce/tls/arbiter.key", content: args.member.key, mode: "0400" },
    ],
  };
}
