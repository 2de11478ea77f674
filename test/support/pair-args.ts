/** A pair of database servers and its keeper, beside the small store of the role tests. */
import { type ArbiterRoleArgs, arbiterRole } from "../../components/cloud-init/roles/arbiter";
import type { KeeperRoleArgs } from "../../components/cloud-init/roles/keeper";
import { pairRole } from "../../components/cloud-init/roles/pair";
import { memberCertificate } from "../../components/database/certificates";
import { KEEPER_SECRETS, keeperArgs } from "./keeper-args";
import { databaseArgs, SEED } from "./role-args";

const OWNER = "ecommerce-test";
export const SERVERS = [
  { name: "db-1", address: "10.20.2.11", volumeId: "673c1137-9d23-4208-a39d-05e71b694faf" },
  { name: "db-2", address: "10.20.2.12", volumeId: "7ad0a3c4-5c1e-4d5e-8f2a-1c9e8d7b6a50" },
] as const;

export type Index = 0 | 1;
export const other = (index: Index): Index => (index === 0 ? 1 : 0);

export async function pairServer(index: Index) {
  const [own, peer] = [SERVERS[index], SERVERS[other(index)]];
  return pairRole({
    ...(await databaseArgs()),
    volumeId: own.volumeId,
    number: index === 0 ? 1 : 2,
    own: { name: own.name, address: own.address },
    peer: { name: peer.name, address: peer.address },
    password: "Shared.by.the.two.1",
    member: await memberCertificate(SEED, OWNER, own.name),
    keeperPassword: KEEPER_SECRETS.password,
  });
}

export async function arbiter(more: Partial<KeeperRoleArgs> = {}) {
  const args: ArbiterRoleArgs = {
    ...(await keeperArgs()),
    ...more,
    members: [SERVERS[0].address, SERVERS[1].address],
    member: await memberCertificate(SEED, OWNER, "keeper"),
  };
  return arbiterRole(args);
}
