import assert from "node:assert/strict";
import { createDecipheriv } from "node:crypto";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { validate } from "../../components/config/validate";
import { hostMask } from "../../components/core/database-accounts";
import { Naming } from "../../components/core/naming";
import {
  accountsKey,
  accountsMark,
  MOST_PIECES,
  pieceKeys,
  sealAccounts,
  type WantedAccounts,
} from "../../components/core/wanted-accounts";
import { accountsApplied } from "../../components/store/accounts";
import { Storefront } from "../../components/storefront";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { record, settled } from "../support/recorder";
import { CLOUD, SMALLEST } from "../support/stack-files";

const SEED = "a seed of at least thirty-two bytes, for tests";
const SCRIPTS = path.join(ROOT, "components/cloud-init/scripts/accounts");
const SQL = "import json, sys; from statements import statements; print(statements(json.load(sys.stdin)), end='')";
/** What Nova takes. */
const LONGEST_ITEM = 255;

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,31}$/);
const passwords = (least: number) =>
  fc.dictionary(name, fc.stringMatching(/^[A-Za-z0-9_.~]{32}$/), { minKeys: least, noNullPrototype: true });
const accounts: fc.Arbitrary<WantedAccounts> = fc.record({
  clients: fc.constantFrom("10.20.1.0/24", "192.168.128.0/17"),
  stores: passwords(1),
  readers: passwords(0),
});
const SOME: WantedAccounts = { clients: "10.20.1.0/24", stores: { my_store: "p" }, readers: { reports: "q" } };

/** As the server does it: `scripts/accounts/wanted.py`. */
function opened(pieces: Readonly<Record<string, string>>, key: string): unknown {
  let sealed = "";
  for (let number = 1; pieces[`accounts-${number}`]; number++) sealed += pieces[`accounts-${number}`];
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv("aes-256-gcm", Buffer.from(key, "hex"), bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(-16));
  return JSON.parse(decipher.update(bytes.subarray(12, -16), undefined, "utf8") + decipher.final("utf8"));
}

describe("accounts that a running server is told", () => {
  it("come back as they were, in as many pieces as the names alone say, each of a length that Nova takes", () => {
    fc.assert(
      fc.property(accounts, (wanted) => {
        const pieces = sealAccounts(SEED, wanted);
        assert.deepEqual(Object.keys(pieces), pieceKeys(Object.keys(wanted.stores), Object.keys(wanted.readers)));
        for (const piece of Object.values(pieces)) assert.ok(piece.length > 0 && piece.length <= LONGEST_ITEM);
        const { stores, readers } = wanted;
        const expected = { clients: hostMask(wanted.clients), readerConnections: 5, stores, readers };
        assert.deepEqual(opened(pieces, accountsKey(SEED)), expected);
      }),
    );
  });

  it("are the same text whatever the order of their names, and another one with every change", () => {
    const two = { a_store: "one", b_store: "two" };
    const sealed = (stores: WantedAccounts["stores"], seed = SEED) => sealAccounts(seed, { ...SOME, stores });
    const first = sealed(two);
    assert.deepEqual(sealed({ b_store: "two", a_store: "one" }), first);
    const others = [sealed({ ...two, a_store: "three" }), sealed(two, `${SEED}!`), sealed({ a_store: "one" })];
    const marks = [first, ...others].map(accountsMark);
    assert.equal(new Set(marks).size, marks.length);
    // The nonce, which comes first, never serves two texts.
    const nonces = [first, ...others].map((pieces) => pieces["accounts-1"]?.slice(0, 16));
    assert.equal(new Set(nonces).size, nonces.length);
  });

  it("show nobody a name or a password, open by their own key only, and only whole", () => {
    const pieces = sealAccounts(SEED, SOME);
    const text = Buffer.from(Object.values(pieces).join(""), "base64").toString("latin1");
    assert.ok(!text.includes("my_store") && !text.includes("reports"));
    assert.throws(() => opened(pieces, accountsKey(`${SEED}!`)));
    assert.throws(() => opened({ "accounts-1": (pieces["accounts-1"] ?? "").slice(0, -8) }, accountsKey(SEED)));
  });

  it("are refused where a password is longer than planned", () => {
    assert.throws(() => sealAccounts(SEED, { ...SOME, stores: { my_store: "x".repeat(99) } }), /longer than 32/);
  });

  it("are so few that Nova's metadata hold them, or the stack file is refused with one mistake", () => {
    const readers = (count: number) => {
      const names = Array.from({ length: count }, (_, index) => `a_reader_with_a_long_name_${index}`);
      return { ...SMALLEST, database: { ...SMALLEST.database, readers: names } };
    };

    assert.ok(validate("ecommerce", readers(200)));
    assert.throws(
      () => validate("ecommerce", readers(900)),
      new RegExp(`database\\.readers is 900; it must name fewer: .* take \\d+ items .* room for ${MOST_PIECES}`),
    );
  });

  it("are metadata of the database server alone, and change nothing that it is made from", async () => {
    const build = async (database: object) => {
      const config = validate("ecommerce", { ...SMALLEST, database: { ...SMALLEST.database, ...database } });
      const naming = new Naming("ecommerce", "dev");
      const { recorder } = await record(() => new Storefront("store", { config, cloud: CLOUD, naming }));
      const { inputs } = recorder.of("compute/instance:Instance").find((one) => one.name === "store-db") ?? {};
      const others = recorder.of("compute/instance:Instance").filter((one) => one.name !== "store-db");
      for (const other of others) assert.ok(!JSON.stringify(other.inputs.metadata).includes("accounts-"));
      const metadata: Record<string, string> = Object(inputs?.metadata);
      return { userData: inputs?.userData, madeFrom: metadata["made-from"], metadata };
    };
    const before = await build({});
    const after = await build({ readers: ["reports"], stores: ["opencart", "second"] });
    assert.ok(before.madeFrom && before.userData);
    assert.deepEqual([after.userData, after.madeFrom], [before.userData, before.madeFrom]);
    assert.notEqual(after.metadata["accounts-1"], before.metadata["accounts-1"]);
    assert.equal(after.metadata.tier, "db");
  });
});

describe("statements of the database's accounts", () => {
  const sqlOf = async ({ clients, ...wanted }: WantedAccounts) => {
    const input = JSON.stringify({ clients: hostMask(clients), readerConnections: 5, ...wanted });
    return (await run("python3", ["-B", "-c", SQL], { input, env: { PYTHONPATH: SCRIPTS } })).stdout;
  };

  it("let users come from the app network only, over TLS only, and write to their own store only", async () => {
    const sql = await sqlOf(SOME);
    assert.match(
      sql,
      /CREATE USER IF NOT EXISTS 'my_store'@'10\.20\.1\.0\/255\.255\.255\.0' IDENTIFIED BY 'p' REQUIRE SSL WITH MAX_USER_CONNECTIONS 0;/,
    );
    assert.match(
      sql,
      /'reports'@'10\.20\.1\.0\/255\.255\.255\.0' IDENTIFIED BY 'q' REQUIRE SSL WITH MAX_USER_CONNECTIONS 5;/,
    );
    assert.match(sql, /GRANT SELECT, INSERT.* ON `my\\_store`\.\* TO 'my_store'@/);
    assert.match(sql, /GRANT SELECT ON `my\\_store`\.\* TO 'reports'@/);
    assert.match(sql, /\('my_store', '10\.20\.1\.0\/255\.255\.255\.0', 'my\\\\_store', 'SELECT'\)/);
    assert.doesNotMatch(sql, /ALL PRIVILEGES|ON \*\.\*|'%' IDENTIFIED/);
    assert.doesNotMatch(sql, /DROP DATABASE/);
  });

  it("keep out of the binary log whatever holds a password, and note each account before it exists", async () => {
    const sql = await sqlOf(SOME);
    let isLogged = true;
    for (const line of sql.split("\n")) {
      if (line.startsWith("SET sql_log_bin")) isLogged = line.endsWith("= 1;");
      assert.ok(!isLogged || !line.includes("IDENTIFIED"), line);
      assert.ok(isLogged || !line.startsWith("CREATE DATABASE IF NOT EXISTS `my_store`"), line);
    }
    assert.ok(sql.indexOf("INTO made SELECT") < sql.indexOf("CREATE USER"));
  });

  it("name the network by its mask", () => {
    assert.equal(hostMask("10.20.1.0/24"), "10.20.1.0/255.255.255.0");
    assert.equal(hostMask("10.20.0.0/20"), "10.20.0.0/255.255.240.0");
    assert.equal(hostMask("10.20.1.64/27"), "10.20.1.64/255.255.255.224");
  });
});

describe("an up that changes accounts", () => {
  const [before, after] = [sealAccounts(SEED, SOME), sealAccounts(SEED, { ...SOME, readers: {} })];

  /** @param consoles one after the other, the last one for ever @returns what was warned of, and how often it looked */
  const upWith = async (consoles: readonly string[], metadata: Readonly<Record<string, string>>, wait = 1) => {
    let looks = 0;
    const warnings: string[] = [];
    const post = async () => ({ output: consoles[Math.min(looks++, consoles.length - 1)] ?? "" });
    const { warn } = pulumi.log;
    Reflect.set(pulumi.log, "warn", async (text: string) => warnings.push(text));
    try {
      const { built } = await record(() =>
        accountsApplied(
          {
            config: { boot: { ...BOOT, wait } },
            cloud: { existing: { servers: [{ id: "db", name: "shop-db-1", imageId: undefined, metadata }] } },
            database: { serverIds: pulumi.output(["db"]), accounts: pulumi.output(after) },
            api: async () => ({ post }),
            pause: 0.02,
          },
          {},
        ),
      );
      await settled(built);
    } finally {
      Reflect.set(pulumi.log, "warn", warn);
    }
    return { looks, warnings };
  };
  const BOOT = validate("ecommerce", SMALLEST).boot;
  const said = (pieces: Readonly<Record<string, string>>) =>
    `ecommerce: accounts applied (${accountsMark(pieces)}): stores`;

  it("looks at nothing where they are as before, or where it waits for nothing", async () => {
    assert.deepEqual(await upWith([""], after), { looks: 0, warnings: [] });
    assert.deepEqual(await upWith([""], before, 0), { looks: 0, warnings: [] });
  });

  it("ends when the server says that it has applied these, not those of before", async () => {
    const applied = await upWith([said(before), `${said(before)}\r\n${said(after)}`], before);
    assert.deepEqual(applied, { looks: 2, warnings: [] });
    // They were there already, and others since.
    const again = await upWith([`${said(after)}\n${said(before)}\n`, `${said(before)}\n${said(after)}\n`], before);
    assert.deepEqual(again, { looks: 2, warnings: [] });
  });

  it("warns with what the server said last, when it has not", async () => {
    const refused = "ecommerce: accounts not applied: (abc) the database says ERROR 1050 (42S01) at line 40";
    const { warnings } = await upWith([`${said(before)}\r\n${refused}\r\n`], before);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0] ?? "",
      /has not applied .* within 1 s; it says: accounts not applied: \(abc\) the database says ERROR 1050/,
    );
    const silent = await upWith([""], before);
    assert.match(silent.warnings[0] ?? "", /it says: nothing on its console of accounts/);
  });
});
