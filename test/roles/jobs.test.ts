import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../support/eventually";
import { PASSWORDS } from "../support/role-args";
import { NAMES, type Name, SERVERS, type TwoAppServers, withTwoAppServers } from "../support/two-app-servers";
import type { Wire } from "../support/wire";

describe("timed jobs, caches and backups on two app servers", function () {
  this.timeout("10m");
  let servers: TwoAppServers;
  let folder: string;
  let wire: Wire;
  const sql = (query: string) => servers.sql(query);

  withTwoAppServers((given) => {
    servers = given;
    ({ folder, wire } = servers.rack);
  });

  it("runs the shop's timed jobs on one server at a time, and on another when that one is lost", async () => {
    const runs = async () =>
      (await sql("SELECT server FROM oc_cron_run ORDER BY run_id")).split("\n").filter((name) => name);
    const due = () => sql("UPDATE ecommerce_jobs SET done_at = done_at - INTERVAL 10 MINUTE WHERE job = 'cron'");
    await sql("INSERT INTO oc_session VALUES ('old', '[]', UTC_TIMESTAMP() - INTERVAL 1 HOUR)");
    await servers.start("services", "cron");
    await servers.start("services-2", "cron");
    await eventually(runs, (found) => found.length === 1, 30);
    await sleep(8000);
    assert.equal((await runs()).length, 1, "not before its time");
    assert.equal(await sql("SELECT count(*) FROM oc_session WHERE session_id = 'old'"), "0");
    const first = await servers.holder("cron");
    assert.ok(first);
    assert.deepEqual(await runs(), [first]);
    await servers.kill(first, "cron");
    const other = first === "services" ? "services-2" : "services";
    await servers.turnOf("cron", other, 10);
    await due();
    await eventually(runs, (found) => found.length === 2, 30);
    assert.deepEqual(await runs(), [first, other]);
    assert.match(
      await sql("SELECT server, result FROM ecommerce_jobs WHERE job = 'cron'"),
      new RegExp(`^${other}\t(runs|done)$`),
    );
  });

  it("takes no request from outside to run timed jobs, however it is spelled", async () => {
    const before = await sql("SELECT count(*) FROM oc_cron_run");
    const spellings = [
      "cron/cron",
      "cron%2Fcron",
      "cr-on/cron",
      "c_ron/cron",
      "CRON/cron",
      "/cron/cron",
      "cron/cron.index",
      "cron%7Cindex",
    ];
    const queries = [
      ...spellings.map((route) => `route=${route}`),
      "route=common/home&route=cron/cron",
      "route%09=cron/cron",
      "%20r%6Fute=cron/cron",
    ];
    for (const path of [...queries.map((query) => `index.php?${query}`), "cron.php", "cron.php?x=1"]) {
      const status = await wire.curl("-o", "/dev/null", "-w", "%{http_code}", `http://${SERVERS.services}/${path}`);
      assert.match(status, /^40[34]$/, path);
    }
    assert.equal(await sql("SELECT count(*) FROM oc_cron_run"), before);
    assert.match(await wire.curl(`http://${SERVERS.services}/index.php?route=common/home`), /Blue lamp/);
  });

  it("shows an administrator's edit on the other server within 5 seconds", async () => {
    const [jar, admin] = [path.join(folder, "admin"), `http://${SERVERS["services-2"]}/admin/index.php`];
    const price = async (name: Name) => {
      const page = await wire.curl(`http://${SERVERS[name]}/index.php?route=product/product&product_id=2`);
      return /Price: <b>([\d.]+)/.exec(page)?.[1];
    };
    const send = (to: string, ...fields: string[]) =>
      wire.curl("-c", jar, "-b", jar, ...fields.flatMap((field) => ["--data-urlencode", field]), to);
    const edit = (...fields: string[]) => send(admin, ...fields);
    await send(`${admin}?route=common/login.login`, "username=admin", `password=${PASSWORDS.admin}`);
    assert.equal(await price("services"), "49.90");
    await edit("product_id=2", "price=55.5");
    assert.equal(await price("services-2"), "55.50");
    await eventually(
      () => price("services"),
      (found) => found === "55.50",
      5,
    );
  });

  describe("a backup by the administration, whose requests meet either server in turn", () => {
    let turn = 0;
    let jar: string;
    /** By the server whose turn it is. */
    const ask = (route: string, ...more: string[]) => {
      turn += 1;
      const server = NAMES[turn % NAMES.length] ?? "services";
      return wire.curl("-b", jar, "-c", jar, ...more, `http://${SERVERS[server]}/admin/index.php?route=${route}`);
    };
    const files = async () => {
      const seen = [await ask("tool/backup.history"), await ask("tool/backup.history")];
      return seen.map((text): string[] => JSON.parse(text));
    };
    const contents = async (name: string) => {
      const seen = [
        await ask(`tool/backup.download&filename=${name}`),
        await ask(`tool/backup.download&filename=${name}`),
      ];
      assert.equal(seen[0], seen[1]);
      return seen[0] ?? "";
    };

    before(async () => {
      jar = path.join(folder, "backups");
      const login = ["--data-urlencode", "username=admin", "--data-urlencode", `password=${PASSWORDS.admin}`];
      // curl keeps a session for each address.
      for (const _ of NAMES) await ask("common/login.login", ...login);
    });

    it("is whole, and the same from both", async () => {
      for (const table of ["product", "setting", "order", "user", "session", "cron_run"])
        await ask(`tool/backup.backup&filename=one.sql&table=${table}`);
      const lines = (await contents("one.sql")).trim().split("\n");
      assert.equal(lines.length, 6);
      for (const line of lines) assert.ok(Array.isArray(JSON.parse(line)), line);
      assert.deepEqual(await files(), [["one.sql"], ["one.sql"]]);
    });

    it("is another one when another is uploaded under its name, and gone when it is deleted", async () => {
      const file = path.join(folder, "one.sql");
      for (const text of ["x".repeat(2_500_000), "small"]) {
        await writeFile(file, text);
        await ask("tool/backup.upload", "-F", `upload=@${file}`);
        assert.equal(await contents("one.sql"), text);
      }
      await ask("tool/backup.delete&filename=one.sql");
      assert.deepEqual(await files(), [[], []]);
    });

    it("does not seem to be made while the database is away", async () => {
      await servers.database.exec("systemctl stop mariadb");
      try {
        const status = await ask(
          "tool/backup.backup&filename=two.sql&table=product",
          "-o",
          "/dev/null",
          "-w",
          "%{http_code}",
        );
        assert.match(status, /^5\d\d$/);
      } finally {
        await servers.database.exec("systemctl start mariadb");
      }
    });
  });
});
