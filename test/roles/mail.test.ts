import assert from "node:assert/strict";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../support/eventually";
import { FROM, type MailRelay, RELAY } from "../support/mail-relay";
import { DATABASE, roles } from "../support/role-args";
import { type Name, SERVERS, type TwoAppServers, withTwoAppServers } from "../support/two-app-servers";
import type { Wire } from "../support/wire";

describe("mail on two app servers", function () {
  this.timeout("15m");
  let servers: TwoAppServers;
  let folder: string;
  let wire: Wire;
  let relay: MailRelay;
  const on = (name: Name) => servers.on(name);
  const sql = (query: string) => servers.sql(query);
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

  const log = (name: Name) => on(name).read("/var/log/ecommerce-mail.log");

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

  withTwoAppServers((given) => {
    servers = given;
    ({ relay } = servers);
    ({ folder, wire } = servers.rack);
  });

  it("chooses PHP's mail and the shop's address once, and leaves an administrator's choice alone", async () => {
    const chosen =
      "SELECT \\`value\\` FROM oc_setting WHERE \\`key\\` IN ('config_email', 'config_mail_engine') ORDER BY \\`key\\`";
    assert.deepEqual((await sql(chosen)).split("\n"), [FROM, "mail"]);
    assert.equal(await sql("SELECT count(*) FROM ecommerce_jobs WHERE job = 'mail settings'"), "1");
  });

  it("sends an order's mail over verified TLS, as the configured sender, from a user of its own", async () => {
    await servers.start("services", "mail");
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
      assert.match(await log("services"), /mail waits for its relay/);
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
      () => log("services"),
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
      () => log("services"),
      (said) => /STARTTLS|SSL/i.test(said),
      20,
    );
    assert.deepEqual(await to("never@customer.example"), []);
    await behave({});
    await arrives("never@customer.example", 70);
  });

  it("a sender that is cut off from the database sends nothing twice, and another has its turn in seconds", async () => {
    await servers.start("services-2", "mail");
    await behave({ delay: { dot: 15 } });
    await order("services", "cut@customer.example");
    const underWay = () => sql("SELECT count(*) FROM ecommerce_mail WHERE problem LIKE 'is being sent%'");
    await eventually(underWay, (count) => count === "1", 20);
    await on("services").exec(`ip route add blackhole ${DATABASE.host}/32`);
    const began = Date.now();
    await order("services-2", "meanwhile@customer.example");
    await servers.turnOf("mail", "services-2", 25);
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
    assert.equal(await servers.holder("mail"), "services-2");
    for (let i = 0; i < 5; i++) await order("services", `lost${i}@customer.example`);
    await arrives("lost0@customer.example", 30);
    await on("services-2").powerOff();
    await wire.cut("services-2", true);
    await servers.turnOf("mail", "services", 25);
    await allSent(120);
    const counts = await Promise.all([0, 1, 2, 3, 4].map(async (i) => (await to(`lost${i}@customer.example`)).length));
    assert.ok(counts.every((count) => count >= 1) && counts.filter((count) => count > 1).length <= 1, String(counts));
    await wire.cut("services-2", false);
    assert.equal((await on("services-2").boot()).status, "ready");
    // Cloud-init gives the name at the first boot, and nothing here keeps it.
    await on("services-2").exec("hostname services-2");
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
