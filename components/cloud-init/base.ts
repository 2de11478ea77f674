/** What every server gets, whatever its role: guarded metadata, bounded logs, hardened SSH, updates, time. */
import type { ServerFile } from "./document";
import { maintenanceFiles } from "./maintenance";

export interface BaseSettings {
  /** Unattended security updates. */
  readonly securityUpdates: boolean;
  /** When they are installed, as `core/maintenance.ts` reads it; none: when the distribution does. */
  readonly maintenance?: string | undefined;
  /** Time servers; none: the distribution's own. */
  readonly timeServers: readonly string[];
}

const GUARD = "/etc/ecommerce/metadata-guard.nft";

/** User data holds secrets, so only root may ask Nova's metadata service for it. */
const guard = `#!/usr/sbin/nft -f
table inet ecommerce_metadata
delete table inet ecommerce_metadata
table inet ecommerce_metadata {
  chain output {
    type filter hook output priority filter; policy accept;
    meta skuid != 0 ip daddr 169.254.169.254 counter reject with icmp type admin-prohibited
    meta skuid != 0 ip6 daddr fe80::a9fe:a9fe counter reject with icmpv6 type admin-prohibited
  }
}
`;

const unit = (lines: readonly string[]) => `${lines.join("\n")}\n`;

const guardUnit = unit([
  "[Unit]",
  "Description=Only root reaches the metadata service",
  "DefaultDependencies=no",
  "After=local-fs.target",
  "Before=network-pre.target sysinit.target",
  "Wants=network-pre.target",
  "",
  "[Service]",
  "Type=oneshot",
  "RemainAfterExit=yes",
  `ExecStart=/usr/sbin/nft -f ${GUARD}`,
  "",
  "[Install]",
  "WantedBy=sysinit.target",
]);

/** cloud-final comes after multi-user.target, which therefore must not wait for this: systemd would leave it out. */
const forgetUnit = unit([
  "[Unit]",
  "Description=Removes cloud-init's copies of the user data",
  "After=cloud-final.service",
  "",
  "[Service]",
  "Type=oneshot",
  "ExecStart=/usr/local/lib/ecommerce/forget-user-data.sh",
  "",
  "[Install]",
  "WantedBy=cloud-final.service",
]);

const sshd = `PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
MaxAuthTries 3
LoginGraceTime 30
X11Forwarding no
AllowAgentForwarding no
AllowTcpForwarding no
`;

const journald = `[Journal]
SystemMaxUse=200M
RuntimeMaxUse=50M
MaxRetentionSec=30day
`;

const logrotate = `/var/log/ecommerce.log {
  monthly
  rotate 3
  compress
  missingok
  notifempty
}
`;

const upgrades = (enabled: boolean) => {
  const value = enabled ? "1" : "0";
  return [
    `APT::Periodic::Update-Package-Lists "${value}";`,
    `APT::Periodic::Unattended-Upgrade "${value}";`,
    'Unattended-Upgrade::Automatic-Reboot "false";',
    "",
  ].join("\n");
};

/** Kernel settings that hold for every role. */
const SYSCTL = {
  "net.ipv4.conf.all.rp_filter": 1,
  "net.ipv4.conf.all.accept_redirects": 0,
  "net.ipv4.conf.all.send_redirects": 0,
  "net.ipv4.tcp_syncookies": 1,
  "kernel.kptr_restrict": 1,
  "kernel.dmesg_restrict": 1,
  "fs.protected_hardlinks": 1,
  "fs.protected_symlinks": 1,
};

/** @param role name @param hostname none: an image, or a server that Heat names */
export function baseFiles(
  { securityUpdates, maintenance, timeServers }: BaseSettings,
  { name: role, sysctl }: { readonly name: string; readonly sysctl: Readonly<Record<string, string | number>> },
  hostname?: string,
): ServerFile[] {
  const kernel = Object.entries({ ...SYSCTL, ...sysctl }).map(([key, value]) => `${key} = ${value}\n`);
  const sources = timeServers.map((server) => `server ${server} iburst\n`);
  return [
    { path: GUARD, content: guard },
    { path: "/etc/systemd/system/ecommerce-metadata-guard.service", content: guardUnit },
    { path: "/etc/systemd/system/ecommerce-forget-user-data.service", content: forgetUnit },
    { path: "/etc/ssh/sshd_config.d/10-ecommerce.conf", content: sshd },
    { path: "/etc/systemd/journald.conf.d/ecommerce.conf", content: journald },
    { path: "/etc/logrotate.d/ecommerce", content: logrotate },
    { path: "/etc/apt/apt.conf.d/52ecommerce-upgrades", content: upgrades(securityUpdates) },
    ...maintenanceFiles(maintenance, role, hostname),
    { path: "/etc/sysctl.d/60-ecommerce.conf", content: kernel.join("") },
    ...(sources.length > 0 ? [{ path: "/etc/chrony/sources.d/ecommerce.sources", content: sources.join("") }] : []),
  ];
}

/**
 * The guard before cloud-init writes a single file, since the first boot comes before the unit is there. Where the image
 * has no nft yet, routing rules stand in until the role's script has installed it.
 */
export function baseEveryBoot(): string[] {
  const rules = guard.replace(/^#!.*\n/, "");
  return [
    `if ! command -v nft >/dev/null; then
  ip rule add priority 100 to 169.254.169.254 uidrange 1-4294967294 prohibit
  ip -6 rule add priority 100 to fe80::a9fe:a9fe uidrange 1-4294967294 prohibit
  exit 0
fi
nft -f - <<'RULES'
${rules}RULES
`,
  ];
}
