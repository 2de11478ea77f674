/** What makes a server a bastion: tunnels allowed, and a second leg that never becomes its way out. */
import type { ReferencedStore, Role } from "../../components/index";

export interface BastionRoleArgs {
  /** The port in the app network. */
  readonly appLeg: {
    readonly macAddress: string;
    readonly address: string;
    /** CIDR of the app network. */
    readonly cidr: string;
    /** Bytes; undefined: the kernel's. */
    readonly mtu: number | undefined;
  };
  /** Undefined: the app network's own routers know the way. */
  readonly databaseRoute: ReferencedStore["databaseRoute"];
}

/**
 * By hand and not by DHCP: Neutron hands out the default route with the route to the database in one option, and
 * systemd-networkd takes all of that option or nothing. Its name comes before those that cloud-init gives.
 */
const network = ({ appLeg, databaseRoute }: BastionRoleArgs) => `[Match]
MACAddress=${appLeg.macAddress}
${appLeg.mtu ? `\n[Link]\nMTUBytes=${appLeg.mtu}\n` : ""}
[Network]
Address=${appLeg.address}/${appLeg.cidr.split("/")[1]}
DHCP=no
LinkLocalAddressing=no
IPv6AcceptRA=no
${databaseRoute ? `\n[Route]\nDestination=${databaseRoute.destination}\nGateway=${databaseRoute.nextHop}\n` : ""}`;

/** Read before the hardening that every server gets, and the first word counts. The security group decides where tunnels may lead. */
const sshd = `AllowTcpForwarding local
GatewayPorts no
PermitTunnel no
ClientAliveInterval 60
ClientAliveCountMax 3
`;

export function bastionRole(args: BastionRoleArgs): Role {
  return {
    name: "bastion",
    scripts: __dirname,
    imageFiles: [{ path: "/etc/ssh/sshd_config.d/05-bastion.conf", content: sshd }],
    bootFiles: [{ path: "/etc/systemd/network/05-ecommerce-app.network", content: network(args) }],
    imageSettings: {},
    settings: {},
    sysctl: { "net.ipv4.ip_forward": 0 },
  };
}
