import assert from "node:assert/strict";
import { eventually } from "../support/eventually";
import { figure } from "../support/figures";
import { type FullStore, inside, serverId, withFullStore } from "../support/full-lab";
import { sells, tell, type Watch, watching } from "../support/shopper";
import { unexplained } from "../support/switch-aborts";

/** Within which a change is in effect on the running server. */
const SECONDS = 90;

describe("who may use the databases of a store that runs", function () {
  this.timeout("15m");
  let store: FullStore;

  withFullStore((given) => {
    store = given;
  });
  before(() => sells(store.url));

  /** What the database says to a reader; the keeper is in the network of those who may ask. */
  const asked = (user: string, password: string, statement: string) => {
    const host = store.outputs.databaseEndpoint?.value.host;
    const client = `mysql --host=${host} --user=${user} --password='${password}' --ssl-ca=/etc/ecommerce/database-ca.crt -N`;
    return inside("keeper-1", `${client} -e "${statement}" 2>&1; true`);
  };
  const expectUnnoticed = async (what: string, seen: Watch) => {
    tell(what, seen);
    assert.equal(await unexplained(seen, store), 0, seen.reasons.join("; "));
  };
  let password = "";

  it("changes within 90 s, on the server that is there, and no shopper notices", async () => {
    const before = await serverId(store, "db-1");
    const stack = await store.changed({ database: { readers: ["audit"], stores: ["opencart", "second"] } });
    const seen = await watching(store.url, 10, async () => {
      const begun = Date.now();
      const { outputs, stdout } = await stack.up();
      // It ends when the server says that it has applied them.
      assert.doesNotMatch(stdout, /has not applied/);
      password = outputs.readerPasswords?.value.audit;
      const counted = "SELECT count(*) > 0 FROM opencart.oc_product";
      assert.equal(
        await eventually(
          () => asked("audit", password, counted),
          (said) => said === "1",
          SECONDS,
        ),
        "1",
      );
      figure("from the beginning of up to a new reader's first query", (Date.now() - begun) / 1000);
    });
    await expectUnnoticed("a reader and a store more", seen);
    assert.equal(await serverId(store, "db-1"), before);
    assert.equal(await asked("audit", password, "SHOW DATABASES LIKE 'second'"), "second");
    assert.deepEqual(Object.keys((await stack.preview()).changeSummary), ["same"]);
  });

  it("ends as soon, for those who leave the stack file", async () => {
    const before = await serverId(store, "db-1");
    const stack = await store.changed({});
    await expectUnnoticed("a reader and a store less", await watching(store.url, 10, () => stack.up()));
    await eventually(
      () => asked("audit", password, "SELECT 1"),
      (said) => /denied/.test(said),
      SECONDS,
    );
    assert.equal(await serverId(store, "db-1"), before);
    // Their data stay.
    assert.equal(await inside("db-1", "mysql -N -e \"SHOW DATABASES LIKE 'second'\""), "second");
  });
});
