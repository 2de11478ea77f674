import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { take } from "../../../commands/snapshot/snapshots";
import { signIn } from "../../../commands/stack/sign-in";
import { cloudApi } from "../../../components/cloud/api";
import { backupSpans } from "../../../components/cloud/backup-spans";
import { Naming } from "../../../components/core/naming";
import { eventually } from "../../support/eventually";
import { figure, timed } from "../../support/figures";
import { type FullStore, inside as insideOf, remove, withOwnStore } from "../../support/full-lab";
import { bought, buy, ORDERED } from "../../support/guest";
import { sells } from "../../support/shopper";

const STACK = "kept";
const AS_KEEPER = "setpriv --reuid=keeper --regid=keeper --clear-groups python3 -B /usr/local/lib/ecommerce/keeper";
/** How old the last order may be that is lost with server and volume. */
const LOSS_SECONDS = 5;

/** As for a store that sells: Cinder deletes no volume that has a snapshot. */
const DATABASE = { volume: { size: 10, onDestroy: "keep" } };

interface Order {
  readonly email: string;
  /** When the shop had confirmed it, in milliseconds since 1970. */
  readonly at: number;
}

describe("a store whose data is lost", function () {
  this.timeout("15m");
  let store: FullStore;

  withOwnStore(
    {
      name: STACK,
      cloud: "lab-third",
      sections: {
        web: { count: 1 },
        app: { count: 1 },
        database: DATABASE,
      },
    },
    async (given) => {
      store = given;
      await sells(store.url);
    },
  );

  const inside = (server: string, command: string) => insideOf(server, command, STACK);
  const sql = (statement: string) => inside("db-1", `mysql -N -e "${statement}"`);
  const orders = async () => (await inside("db-1", ORDERED)).split("\n");
  const second = async () => Number(await sql("SELECT floor(UNIX_TIMESTAMP())"));
  const written = (at: number) => new Date(at * 1000).toISOString().replace(".000Z", "Z");
  const restoredTo = async (at: number, database: object = DATABASE) => {
    const stack = await store.changed({ database: { ...database, restore: { at: written(at) } } });
    await stack.up({ refresh: true });
    await sells(store.url);
  };
  const hasBase = () =>
    eventually(
      () => sql("SELECT count(*) FROM ecommerce_backups.bases"),
      (count) => Number(count) > 0,
      240,
    );
  /** Until everything that is committed by now lies in Swift. */
  const shipped = async () => {
    const [file, position] = (await sql("SHOW MASTER STATUS")).split("\t");
    await eventually(
      () => sql(`SELECT max(position) FROM ecommerce_backups.shipped WHERE file = '${file}'`),
      (there) => Number(there) >= Number(position),
      30,
    );
  };

  it("has its first base backup soon after it sells, and a drill finds it good", async () => {
    await hasBase();
    await bought(store.url);
    await sleep(25_000);
    const said = await timed("a drill", () => inside("keeper-1", `${AS_KEEPER}/drill.py now 2>&1; true`));
    assert.match(said, /drill: good/);
  });

  it("has every order from before a table was dropped, and none from after, on another volume", async () => {
    const before = [await bought(store.url), await bought(store.url)];
    await sleep(1500);
    const accident = await second();
    await sleep(1000);
    const late = await bought(store.url);
    await sql("DROP TABLE opencart.oc_order");
    await shipped();
    const volume = store.outputs.databaseVolumeId?.value;
    await timed("a store restored to the second before a table was dropped", () => restoredTo(accident));
    const found = await orders();
    for (const order of before) assert.ok(found.includes(order), `order ${order} of ${found}`);
    assert.ok(!found.includes(late), `order ${late} of ${found}`);
    const outputs = await store.stack.outputs();
    assert.notEqual(outputs.databaseVolumeId?.value, volume);
    const volumes = await store.lab.member.list("volumes");
    assert.ok(
      volumes.some(({ id }) => id === volume),
      "the volume of before is gone",
    );
    await bought(store.url);
  });

  it("ends its database cleanly before a replaced server's volume goes to the next one", async () => {
    await hasBase();
    const order = await bought(store.url);
    const state = await store.stack.exportStack();
    const { resources }: { resources: readonly { readonly urn: string }[] } = state.deployment;
    const server = resources.find(({ urn }) => urn.endsWith("compute/instance:Instance::store-db"));
    assert.ok(server);
    const begun = Date.now();
    await store.stack.up({ replace: [server.urn] });
    await sells(store.url);
    figure("a database server replaced, until the shop sells", (Date.now() - begun) / 1000);
    assert.ok((await orders()).includes(order));
    const log = await inside("db-1", "journalctl -u mariadb -o cat");
    assert.match(log, /ready for connections/);
    assert.doesNotMatch(log, /crash recovery/i);
  });

  it("goes back to a snapshot that was taken while shoppers ordered", async () => {
    const before = await bought(store.url);
    const volume = String((await store.stack.outputs()).databaseVolumeId?.value);
    const ordering = [bought(store.url), bought(store.url), bought(store.url)];
    const naming = new Naming("ecommerce", STACK);
    const cloud = cloudApi(await signIn(await store.stack.getAllConfig(), store.lab.env));
    const snapshot = await timed("a snapshot of a volume in use", () => take(cloud, naming, volume));
    await Promise.all(ordering);
    const late = await bought(store.url);
    await sql("DROP TABLE opencart.oc_order");
    await timed("a store back at a snapshot", async () => {
      const stack = await store.changed({ database: { ...DATABASE, restore: { snapshot: snapshot.id } } });
      await stack.up();
      await sells(store.url);
    });
    const found = await orders();
    assert.ok(found.includes(before), `order ${before} of ${found}`);
    assert.ok(!found.includes(late), `order ${late} of ${found}`);
    await bought(store.url);
    assert.match(await sql("CHECK TABLE opencart.oc_order"), /\tOK$/);
    await hasBase();
  });

  it("sells again from Swift after server and volume were lost together, with the orders up to the last seconds", async () => {
    await hasBase();
    const placed: Order[] = [];
    let goesOn = true;
    const ordering = (async () => {
      while (goesOn) {
        const email = await buy(store.url).catch(() => "");
        if (email !== "") placed.push({ email, at: Date.now() });
        await sleep(200);
      }
    })();
    await sleep(20_000);
    const lost = Date.now();
    await remove(store, "db-1");
    goesOn = false;
    await ordering;
    const volume = String((await store.stack.outputs()).databaseVolumeId?.value);
    await eventually(
      async () => (await store.lab.member.list("volumes")).find(({ id }) => id === volume)?.status,
      (status) => status === "available",
    );
    await store.lab.member.call("block-storage", `/volumes/${volume}`, "DELETE");
    const listed = await store.lab.member.rows("object-store", `/ecommerce-${STACK}-backups?format=json`);
    const { last } = backupSpans(listed.map(({ name }) => String(name))).at(-1) ?? {};
    assert.ok(last, "nothing can be restored");
    // As the stack file has it, so that the store takes its backups along when it goes.
    await restoredTo(last / 1000, {});
    figure("from the loss of server and volume to a shop that sells from Swift", (Date.now() - lost) / 1000);
    const found = new Set(await orders());
    const missing = placed.filter(({ email }) => !found.has(email));
    const newest = placed.at(-1)?.at ?? 0;
    const age = (order: Order | undefined) => (order ? (newest - order.at) / 1000 : 0);
    figure(`${missing.length} of ${placed.length} orders are lost, the oldest before the newest`, age(missing[0]));
    for (const order of missing) assert.ok(age(order) < LOSS_SECONDS, `order of ${order.email} is lost`);
    assert.ok(placed.length > 10 && missing.length < placed.length, `${placed.length} placed, ${missing.length} lost`);
  });
});
