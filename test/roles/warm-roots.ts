/**
 * Makes all layers that the role tests and the engine tests stand on, before those begin: they run beside each other, and a new layer
 * takes away the mirror that is made of all of them.
 */
import { renderImageScript } from "../../components/cloud-init/role";
import { balancer } from "../support/balancer-args";
import { bastion, operations } from "../support/consumer-roles";
import { keeper } from "../support/keeper-args";
import { arbiter, pairServer } from "../support/pair-args";
import { BASE, roles } from "../support/role-args";
import { buildRoots, machinesWork } from "../support/roots";

async function main(): Promise<void> {
  if (!(await machinesWork())) return;
  const store = await roles();
  const all = {
    ...store,
    balancer: balancer(),
    keeper: await keeper(),
    pair: await pairServer(0),
    arbiter: await arbiter(),
    operations: await operations(),
    bastion: bastion(),
  };
  const images = Object.fromEntries(Object.entries(all).map(([name, role]) => [name, renderImageScript(role, BASE)]));
  await Promise.all([
    buildRoots(images),
    // Its packages are on no mirror but Debian's own; the test that wants it says so once more, and is skipped.
    buildRoots({ database: renderImageScript(store.database, BASE) }, "sid").catch((error: unknown) => {
      console.error(`no root with MySQL can be made here: ${String(error)}`);
    }),
  ]);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
