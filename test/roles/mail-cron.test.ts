import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { shopRelease } from "../../commands/store/release";
import { eventually } from "../support/eventually";
import type { Machine } from "../support/machine";
import { FROM, MailRelay, RELAY } from "../support/mail-relay";
import { boots, onTheImage, Rack } from "../support/rack";
import { DATABASE, PASSWORDS, roles } from "../support/role-args";
import { machinesWork } from "../support/roots";
import type { Wire } from "../support/wire";

const SERVERS = { services: "10.20.1.11", "services-2": "10.20.1.12" } as const;
type Name = keyof typeof SERVERS;

describe("mail, timed jobs and caches on two app servers", function () {
  this.timeout("15m");
  let rack: Rack;
  let folder: string;
  let wire: Wire;
  let relay: MailRelay;
  let database: Machine;
  const on = (name: Name) => rack.named(name);

  const sql = (query: string) => database.exec(`mysql -N opencart -e "${query}"`);
  const behave = (behaviour: object) => relay.behave(behaviour);
  const to = (recipient: string) => relay.to(recipient);
  const arrives = (recipient: string, seconds?: number) => relay.arrives(recipient, seconds);
  /** Attempts, whether it is parked, and what became of the last attempt. */
  const state = (who: string) =>
    sql(
      `SELECT attempts, parked_at IS NOT NULL, problem FROM ecommerce_mail WHERE recipient = '${who}@customer.example'`,
    );
  const allSent = (seconds = 20) =>
    eventually(
      () => sql("SELECT count(*) FROM ecommerce_mail"),
      (count) => count === "0",
      seconds,
    );

  /** What systemd does with a unit of ours, of which these machines have none. */
  const start = (name: Name, unit: "mail" | "cron") =>
    on(name).exec(`unit=/etc/systemd/system/ecommerce-${unit}.service
      user=$(sed -n 's/^User=//p' $unit)
      groups=$(id -g $user)$(sed -n 's/^SupplementaryGroups=/,/p' $unit)
      setsid setpriv --reuid=$user --regid=$user --groups=$groups $(sed -n 's/^ExecStart=//p' $unit) \\
        </dev/null >>/var/log/ecommerce-${unit}.log 2>&1 &
      echo $! >/run/ecommerce-${unit}.pid`);
  const end = (name: Name, unit: "mail" | "cron", signal = "TERM") =>
    on(name).exec(`kill -${signal} $(cat /run/ecommerce-${unit}.pid)`);
  const log = (name: Name, unit: "mail" | "cron") => on(name).read(`/var/log/ecommerce-${unit}.log`);
  /** The server whose turn it is, by the lock itself. */
  const holder = async (job: "mail" | "cron"): Promise<Name | undefined> => {
    const lock = `IS_USED_LOCK('ecommerce.${job}.opencart')`;
    const host = await sql(`SELECT host FROM information_schema.processlist WHERE id = ${lock}`);
    return (Object.keys(SERVERS) as Name[]).find((name) => host.startsWith(`${SERVERS[name]}:`));
  };
  const turnOf = (job: "mail" | "cron", name: Name, seconds: number) =>
    eventually(
      () => holder(job),
      (found) => found === name,
      seconds,
    );

  /** An order on one server. @returns the seconds that its customer waited */
  const order = async (name: Name, email: string): Promise<number> => {
    const jar = path.join(folder, "cookies");
    const shop = `http://${SERVERS[name]}/index.php?route=checkout`;
    await wire.curl("-c", jar, "-b", jar, "-d", "product_id=2", `${shop}/cart.add`);
    const began = Date.now();
    const page = await wire.curl("-c", jar, "-b", jar, "-d", `email=${email}`, `${shop}/confirm`);
    assert.match(page, /Thank you/);
    return (Date.now() - began) / 1000;
  };

  before(async function () {
    if (!(await machinesWork())) return this.skip();
    const plain = await roles();
    rack = await Rack.create("mail", { services: plain.services, database: plain.database });
    ({ folder, wire } = rack);
    for (const [name, address] of Object.entries(SERVERS)) await wire.plug(`ecommerce-${name}`, [address]);
    await wire.plug("ecommerce-database", [DATABASE.host]);
    wire.serveMetadata();
    relay = await MailRelay.create(rack);
    database = await rack.machine("database", "database", plain.database);
    await boots(database);
    const baked = onTheImage(await shopRelease(folder));
    const { services } = await roles(baked.release, undefined, relay.settings);
    for (const name of Object.keys(SERVERS)) {
      const machine = await rack.machine(name, "services", services, baked.files);
      await boots(machine);
      // So that a case need not wait for five minutes.
      await machine.exec(`sed -i 's/"limit":300/"limit":40/' /etc/ecommerce/mail.json`);
    }
  });

  after(async () => {
    await rack?.remove();
  });

  afterEach(async function () {
    if (this.currentTest?.state !== "failed") return;
    for (const name of Object.keys(SERVERS) as Name[]) {
      process.stdout.write(
        `${name}:\n${await on(name).exec("tail -n 20 /var/log/ecommerce-*.log || true").catch(String)}\n`,
      );
    }
  });

  it("chooses PHP's mail and the shop's address once, and leaves an administrator's choice alone", async () => {
    const chosen =
      "SELECT \\`value\\` FROM oc_setting WHERE \\`key\\` IN ('config_email', 'config_mail_engine') ORDER BY \\`key\\`";
    assert.deepEqual((await sql(chosen)).split("\n"), [FROM, "mail"]);
    assert.equal(await sql("SELECT count(*) FROM ecommerce_jobs WHERE job = 'mail settings'"), "1");
  });

  it("sends an order's mail over verified TLS, as the configured sender, from a user of its own", async () => {
    await start("services", "mail");
    await order("services", "first@customer.example");
    const [mail] = await arrives("first@customer.example");
    assert.ok(mail);
    assert.deepEqual([mail.from, mail.tls, mail.trusted], [FROM, true, true]);
    assert.match(mail.text, /^From: .* <orders@shop\.example>$/m);
    assert.match(mail.text, /^Message-ID: <[0-9a-f]{32}@shop\.example>$/m);
    assert.doesNotMatch(mail.text, /^(Bcc|Return-Path):/im);
    assert.equal((await arrives(FROM)).length, 1);
    await allSent();
    const machine = on("services");
    const asShop = "setpriv --reuid=www-data --regid=www-data --init-groups cat /etc/ecommerce/mail.json | wc -c";
    assert.equal(await machine.exec(`${asShop} 2>/dev/null`), "0");
    const found = await machine.exec(`grep -rlI '${RELAY.password}' /var/log /run /tmp /etc /var/lib/cloud || true`);
    assert.equal(found, "/etc/ecommerce/mail.json");
    // Escaped, so that the search does not find itself.
    const pattern = RELAY.password.replaceAll(".", "\\.");
    assert.equal(await machine.exec(`cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c '${pattern}' || true`), "0");
    assert.match(await machine.exec("ps -o user:20= -p $(cat /run/ecommerce-mail.pid)"), /ecommerce-mail/);
  });

  it("lets no order wait for a relay that is slow, refuses or is away, and sends everything later, once", async () => {
    const usual = await order("services", "usual@customer.example");
    await arrives("usual@customer.example");
    // Slow: each message waits behind the one before it, and no order does.
    await behave({ delay: { dot: 30 } });
    const slow = [
      await order("services", "slow@customer.example"),
      await order("services-2", "slow2@customer.example"),
    ];
    // Long enough for a sender without patience to have given up, and begun again.
    await sleep(5000);
    await behave({});
    await arrives("slow@customer.example", 40);
    await arrives("slow2@customer.example");
    // A relay that goes while it takes a message is that message's trouble too.
    await allSent();
    await relay.stop();
    let away: number[];
    try {
      away = [await order("services", "away@customer.example"), await order("services-2", "away2@customer.example")];
      await sleep(3000);
      assert.match(await log("services", "mail"), /mail waits for its relay/);
      assert.equal(
        await sql("SELECT count(*) FROM ecommerce_mail WHERE attempts > 0"),
        "0",
        "a relay's trouble is no message's",
      );
    } finally {
      relay.start();
    }
    await arrives("away@customer.example", 40);
    await arrives("away2@customer.example");
    for (const name of ["usual", "slow", "slow2", "away", "away2"]) {
      assert.equal((await to(`${name}@customer.example`)).length, 1, name);
    }
    process.stdout.write(`      an order took ${usual} s, with a slow relay ${slow} s, without one ${away} s\n`);
    for (const seconds of [...slow, ...away]) assert.ok(seconds < usual + 1, `${seconds} s instead of ${usual} s`);
  });

  it("tries again what is put off, parks what is refused, and waits for a relay that knows it not", async () => {
    const due = () => sql("UPDATE ecommerce_mail SET due_at = UTC_TIMESTAMP()");
    await behave({
      answers: {
        "rcpt grey@customer.example": "451 come back later",
        "rcpt nobody@customer.example": "550 no such user",
      },
    });
    await order("services", "grey@customer.example");
    await order("services", "nobody@customer.example");
    await eventually(
      () => state("grey"),
      (row) => /^1\t0\t.*RCPT failed: 451/.test(row),
      20,
    );
    await eventually(
      () => state("nobody"),
      (row) => /^1\t1\t.*RCPT failed: 550/.test(row),
      20,
    );
    const list = "php /usr/local/lib/ecommerce/mail/list.php";
    assert.match(await on("services").exec(list), /parked\tnobody@customer\.example\t1\t.*RCPT failed: 550/);
    await due();
    await eventually(
      () => state("grey"),
      // What became of the attempt is told after it, with when the next one is due.
      (row) => /^2\t0\t.*RCPT failed: 451/.test(row),
      20,
    );
    await behave({ password: "another" });
    await due();
    await eventually(
      () => log("services", "mail"),
      (said) => /Login denied|535 no/.test(said),
      20,
    );
    assert.match(await state("grey"), /^2\t0/);
    await behave({});
    await on("services").exec(`${list} retry all`);
    await arrives("grey@customer.example", 40);
    await arrives("nobody@customer.example", 40);
  });

  it("parks what was put off too often, and never sends without TLS", async () => {
    await behave({ answers: { "rcpt never@customer.example": "451 come back later" } });
    await order("services", "never@customer.example");
    await eventually(
      () => state("never"),
      (row) => /^1\t0\t.*RCPT failed: 451/.test(row),
      20,
    );
    await sql("UPDATE ecommerce_mail SET attempts = 17, due_at = UTC_TIMESTAMP()");
    await eventually(
      () => state("never"),
      (row) => row.startsWith("18\t1"),
      20,
    );
    await behave({ tls: "none" });
    // A connection that was kept has its TLS already.
    await relay.stop();
    relay.start();
    await on("services").exec("php /usr/local/lib/ecommerce/mail/list.php retry all");
    await eventually(
      () => log("services", "mail"),
      (said) => /STARTTLS|SSL/i.test(said),
      20,
    );
    assert.deepEqual(await to("never@customer.example"), []);
    await behave({});
    await arrives("never@customer.example", 70);
  });

  it("a sender that is cut off from the database sends nothing twice, and another has its turn in seconds", async () => {
    await start("services-2", "mail");
    await behave({ delay: { dot: 15 } });
    await order("services", "cut@customer.example");
    const underWay = () => sql("SELECT count(*) FROM ecommerce_mail WHERE problem LIKE 'is being sent%'");
    await eventually(underWay, (count) => count === "1", 20);
    await on("services").exec(`ip route add blackhole ${DATABASE.host}/32`);
    const began = Date.now();
    await order("services-2", "meanwhile@customer.example");
    await turnOf("mail", "services-2", 25);
    process.stdout.write(`      the next server's turn came after ${(Date.now() - began) / 1000} s\n`);
    await behave({});
    const [mail] = await arrives("meanwhile@customer.example", 30);
    assert.equal(mail?.by, SERVERS["services-2"]);
    await on("services").exec(`ip route delete blackhole ${DATABASE.host}/32`);
    await allSent(60);
    assert.equal((await to("cut@customer.example")).length, 1);
  });

  it("a sender that is lost loses nothing that is queued, and twice comes what it was sending at most", async () => {
    await behave({ delay: { dot: 2 } });
    assert.equal(await holder("mail"), "services-2");
    for (let i = 0; i < 5; i++) await order("services", `lost${i}@customer.example`);
    await arrives("lost0@customer.example", 30);
    await on("services-2").powerOff();
    await wire.cut("ecommerce-services-2", true);
    await turnOf("mail", "services", 25);
    await allSent(120);
    const counts = await Promise.all([0, 1, 2, 3, 4].map(async (i) => (await to(`lost${i}@customer.example`)).length));
    assert.ok(counts.every((count) => count >= 1) && counts.filter((count) => count > 1).length <= 1, String(counts));
    await wire.cut("ecommerce-services-2", false);
    assert.equal((await on("services-2").boot()).status, "ready");
    // Cloud-init gives the name at the first boot, and nothing here keeps it.
    await on("services-2").exec("hostname services-2");
  });

  it("runs the shop's timed jobs on one server at a time, and on another when that one is lost", async () => {
    const runs = async () =>
      (await sql("SELECT server FROM oc_cron_run ORDER BY run_id")).split("\n").filter((name) => name);
    const due = () => sql("UPDATE ecommerce_jobs SET done_at = done_at - INTERVAL 10 MINUTE WHERE job = 'cron'");
    await sql("INSERT INTO oc_session VALUES ('old', '[]', UTC_TIMESTAMP() - INTERVAL 1 HOUR)");
    await start("services", "cron");
    await start("services-2", "cron");
    await eventually(runs, (found) => found.length === 1, 30);
    await sleep(8000);
    assert.equal((await runs()).length, 1, "not before its time");
    assert.equal(await sql("SELECT count(*) FROM oc_session WHERE session_id = 'old'"), "0");
    const first = await holder("cron");
    assert.ok(first);
    assert.deepEqual(await runs(), [first]);
    await end(first, "cron", "KILL");
    const other = first === "services" ? "services-2" : "services";
    await turnOf("cron", other, 10);
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
    const names = Object.keys(SERVERS) as Name[];
    let turn = 0;
    let jar: string;
    /** By the server whose turn it is. */
    const ask = (route: string, ...more: string[]) => {
      turn += 1;
      const server = names[turn % names.length] ?? "services";
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
      for (const _ of names) await ask("common/login.login", ...login);
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
      await database.exec("systemctl stop mariadb");
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
        await database.exec("systemctl start mariadb");
      }
    });
  });

  it("without a relay mail() is false at once", async () => {
    const ini = (await roles()).services.bootFiles.find((file) => file.path.endsWith("php.ini"))?.content ?? "";
    const setting = /^sendmail_path = "(.*)"$/m.exec(ini)?.[1];
    const began = Date.now();
    const tried = await on("services").exec(
      `php -d sendmail_path=${setting} -r 'var_dump(mail("a@example.com", "b", "c"));'`,
    );
    assert.equal(tried, "bool(false)");
    assert.ok(Date.now() - began < 2000);
  });
});
