/**
 * Makes the layer that an engine test shares with the role tests, before both begin: a new layer takes away the mirror that
 * is made of all of them, and role tests stand on it.
 */
import { renderImageScript } from "../../components/cloud-init/role";
import { operations } from "../support/consumer-roles";
import { BASE } from "../support/role-args";
import { buildRoots, machinesWork } from "../support/roots";

async function main(): Promise<void> {
  if (await machinesWork()) await buildRoots({ operations: renderImageScript(await operations(), BASE) });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
