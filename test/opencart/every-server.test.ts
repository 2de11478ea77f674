import assert from "node:assert/strict";
import { cidrOf, overlap } from "../../components/core/cidr";
import { eventually } from "../support/eventually";
import { timed } from "../support/figures";
import { type FullStore, inside } from "../support/full-lab";
import { SHIPPED, somebody } from "../support/person";
import { PlainCustomer } from "../support/plain-customer";
import { Mailbox } from "./mailbox";
import { appServers, askPublic, askServer, picturesIn, query, type Seen } from "./servers";
import { RELAY, versionIn, withServers } from "./store";

const PAGES = [
  "/index.php?route=common/home",
  "/index.php?route=product/category&path=20",
  `/index.php?route=product/product&product_id=${SHIPPED}`,
];
/** What OpenCart, and others, take an address from. */
const HEADERS = ["X-Forwarded-For", "X-Real-IP", "Client-IP", "X-Client-IP", "CF-Connecting-IP", "True-Client-IP"];
const forged = (last: number) => `203.0.113.${last}`;

describe("OpenCart is the same from every server", function () {
  this.timeout("5m");
  let store: FullStore;
  let pictures: string[];

  withServers((given) => {
    store = given;
  });
  before(async () => {
    const pages = await Promise.all(PAGES.map(async (page) => (await fetch(new URL(page, store.url))).text()));
    pictures = [...new Set(pages.flatMap(picturesIn))];
  });

  const told = (seen: readonly Seen[]) =>
    seen.map(({ who, status, type, size }) => `${who}: ${status} ${type} ${size}`);

  it("every picture of home page, category and product is that picture, from each app server", async () => {
    const thumbnails = pictures.filter((path) => path.includes("/image/cache/"));
    assert.ok(thumbnails.length > 20, `the pages name ${pictures.join(" ")}`);
    const servers = await appServers(store);
    assert.ok(servers.length >= 2, servers.join());
    await expectSame(servers);
  });

  it("and from a server that was just added, which is asked for them at once", async () => {
    const before = await appServers(store);
    const grown = await store.changed({ app: { count: before.length + 1 } });
    await timed("an app server is added", () => grown.up());
    const added = (await appServers(store)).filter((name) => !before.includes(name));
    assert.equal(added.length, 1, added.join());
    // The new one first, before any other could have made them.
    await expectSame([...added, ...before]);
  });

  async function expectSame(servers: readonly string[]): Promise<void> {
    const wrong: string[] = [];
    const first = new Map<string, string>();
    for (const server of servers) {
      const answers = await askServer(store, server, pictures);
      for (const [index, { status, type, sha256, size }] of answers.entries()) {
        const path = pictures[index] ?? "";
        const other = first.get(path) ?? sha256;
        first.set(path, other);
        if (status !== 200 || !type.startsWith("image/")) wrong.push(`${server} ${path}: ${status} ${type} ${size}`);
        else if (sha256 !== other) wrong.push(`${server} ${path}: other bytes than another server's`);
      }
    }
    const asked = pictures.length * servers.length;
    console.log(`      ${asked} requests for ${pictures.length} pictures of ${servers.length} servers`);
    assert.deepEqual(wrong, [], `${wrong.length} of ${asked}`);
  }

  it("what is not there is 404, and small", async () => {
    const paths = ["/nope.css", "/image/nope.png", "/image/cache/catalog/nope-100x100.png", "/catalog/view/nope.js"];
    for (const path of paths) {
      const seen = [await askPublic(store.url, path)];
      for (const server of await appServers(store)) seen.push(...(await askServer(store, server, [path])));
      for (const { status, size } of seen)
        assert.ok(status === 404 && size < 4096, `${path}: ${told(seen).join("; ")}`);
    }
  });

  it("no PHP runs but the shop's own entry points, whatever stands behind its name", async () => {
    const word = `ran${Date.now()}`;
    const file = "/var/www/shop/image/catalog/suite.php";
    const paths = ["/config.php", "/config.php/x", "/admin/config.php/x", "/index.php/x", "/system/startup.php"];
    const planted = ["/image/catalog/suite.php", "/image/catalog/suite.php/a", "/image/catalog/suite.php/a.png"];
    for (const server of await appServers(store)) {
      await inside(server, `printf '<?php echo "${word}";' >${file}; chmod 644 ${file}`);
      try {
        const seen = await askServer(store, server, [...paths, ...planted]);
        for (const [index, { status, size }] of seen.entries()) {
          const path = [...paths, ...planted][index];
          assert.ok([403, 404].includes(status), `${server} ${path}: ${status}, ${size} bytes`);
        }
        for (const path of planted) {
          const said = await inside(server, `curl -gs --path-as-is 'http://127.0.0.1${path}'`);
          assert.ok(!said.includes(word), `${server} ${path} runs`);
        }
      } finally {
        await inside(server, `rm -f ${file}`);
      }
    }
  });

  it("the shop's jobs are nobody's to start from outside", async () => {
    for (const path of [
      "/cron.php",
      "/index.php?route=cron/cron",
      "/index.php?route=cron%2Fcron",
      "/?route=cron/cron",
    ]) {
      const { status, size } = await askPublic(store.url, path);
      assert.ok([403, 404].includes(status), `${path}: ${status}, ${size} bytes`);
    }
  });

  it("wrong logins count for the client's own address, whatever its headers say, and the lock comes", async () => {
    const { email } = somebody("Forger");
    let last = "";
    for (let attempt = 1; attempt <= 7; attempt += 1) {
      const headers = Object.fromEntries(HEADERS.map((name) => [name, forged(attempt)]));
      last = await new PlainCustomer(store.url, headers).isRefused(email, "wrong");
    }
    const rows = await query(store, `SELECT ip, total FROM oc_customer_login WHERE email = '${email}'`);
    assert.equal(rows.length, 1, `counted for ${JSON.stringify(rows)}`);
    expectClient(rows[0]?.[0] ?? "");
    assert.match(last, /exceeded allowed number of login attempts/, last);
  });

  it("an order's address is the client's own, whatever its headers say; and its mail is sent, or waits for the relay", async () => {
    const mailbox = await Mailbox.open(RELAY.host, RELAY.port);
    try {
      for (const [index, name] of HEADERS.entries()) {
        const person = somebody("Orderer");
        await new PlainCustomer(store.url, { [name]: forged(index + 1) }).buy(person);
        const sql = `SELECT order_id, ip, forwarded_ip FROM oc_order WHERE email = '${person.email}' AND order_status_id > 0`;
        const [[order = "", ip = "", forwarded = ""] = [], ...others] = await query(store, sql);
        assert.equal(others.length, 0);
        expectClient(ip);
        assert.ok(!forwarded.includes("203.0.113."), `${name}: forwarded_ip ${forwarded}`);
        await expectMail(mailbox, person.email, order);
      }
    } finally {
      mailbox.close();
    }
  });

  /** No address of the headers, and no server's of the store, which would be one for all clients. */
  function expectClient(ip: string): void {
    assert.match(ip, /^\d+\.\d+\.\d+\.\d+$/);
    assert.ok(!ip.startsWith("203.0.113."), `the shop believed the header: ${ip}`);
    const tiers = Object.values<string>(store.outputs.cidrs?.value ?? {});
    const inside = tiers.filter((cidr) => overlap(cidrOf(cidr), cidrOf(`${ip}/32`)));
    assert.deepEqual(inside, [], `${ip} is an address of the store's own networks`);
  }

  async function expectMail(mailbox: Mailbox, email: string, order: string): Promise<void> {
    const queued = async () => {
      const rows = await query(store, `SELECT attempts, problem FROM ecommerce_mail WHERE recipient = '${email}'`);
      return rows.map(([attempts, problem]) => `waits after ${attempts} attempts: ${problem}`);
    };
    const arrived = () => mailbox.mails.filter(({ recipients }) => recipients.includes(email));
    const where = await eventually(
      async () => (arrived().length > 0 ? ["arrived"] : await queued()),
      (found) => found.length > 0,
      30,
    );
    console.log(`      mail of order ${order}: ${where.join("; ")}`);
    for (const { text } of arrived()) assert.match(text, /^Subject: .+/im);
  }

  it("the schema has the mark of the release that runs", async () => {
    const mark = await query(store, "SELECT version FROM ecommerce_release");
    assert.deepEqual(mark, [[await versionIn(process.env.OPENCART_ARCHIVE ?? "")]]);
  });
});
