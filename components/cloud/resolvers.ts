/** Whether servers can resolve names: what DHCP hands out must be known, or the security groups do not let it through. */
import { type StoreConfig, TIERS } from "../config/schema";

/** Neutron whose routers are on agents has DHCP on agents too, which answer for names in each subnet. */
const ON_AGENTS = ["l3_agent_scheduler", "dvr"];

/**
 * @param extensions of Neutron; none: it does not tell
 * @returns why `cloud.dnsServers` must be given; none: it is, or nothing asks for a name, or the cloud resolves by itself
 */
export function unknownResolvers(
  { access, cloud, network }: StoreConfig,
  extensions: ReadonlySet<string> | undefined,
): string | undefined {
  const asksForNames = [access.packages, access.services, access.ntp, access.mail, access.payments].some(
    (others) => others.length > 0,
  );
  const hasOwnNetwork = TIERS.some((tier) => network[tier].subnet === undefined);
  if (cloud.dnsServers.length > 0 || !asksForNames || !hasOwnNetwork) return undefined;
  if (!extensions || ON_AGENTS.some((alias) => extensions.has(alias))) return undefined;
  return (
    "is empty, and this Neutron (ML2/OVN, or another without DHCP agents) hands out resolvers that no API tells, so the " +
    "servers' security groups would not let them through: name the resolvers that they shall ask"
  );
}
