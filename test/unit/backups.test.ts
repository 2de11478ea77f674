import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { CloudApi } from "../../components/cloud/api";
import { backupSpans, spansText } from "../../components/cloud/backup-spans";
import { Findings } from "../../components/cloud/findings";
import { requireReach } from "../../components/cloud/restore-needs";
import { unpacked } from "../../components/cloud-init/packed";
import { validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { backupKey } from "../../components/database/backup-key";
import { Storefront } from "../../components/storefront";
import { record } from "../support/recorder";
import { CLOUD, SMALLEST, STORAGE } from "../support/stack-files";

const T = "00000000-0000-4000-8000-000000000001";
const BACKUPS = { image: "debian-12", flavor: "m1.small" };
const CINDER = { url: "https://cinder.example.com:8776/v3/p", types: ["block-storage", "volumev3"] };
const BACKED_UP = { access: { services: ["192.0.2.0/24"] } };

/** User data as it is written, secret or not. */
const bootText = (userData: unknown) => unpacked(typeof userData === "string" ? userData : Object(userData).value);

async function build(database: object = {}) {
  const config = validate("ecommerce", {
    ...SMALLEST,
    ...BACKED_UP,
    database: { ...SMALLEST.database, backups: BACKUPS, ...database },
  });
  const cloud = { ...CLOUD, storage: config.database.volume.grow ? { ...STORAGE, volumes: CINDER } : STORAGE };
  return record(() => new Storefront("store", { config, cloud, naming: new Naming("ecommerce", "dev") }));
}

describe("a store with backups", () => {
  it("has a keeper in the app network, which reaches the database, Keystone and Swift, and nobody reaches it", async () => {
    const { recorder } = await build();
    const port = recorder.one("networking/port:Port", "store-keeper-1");
    assert.deepEqual([port.networkId, port.securityGroupIds], ["id-of-store-app", ["id-of-store-keeper"]]);
    const rules = recorder
      .of("networking/secGroupRule:SecGroupRule")
      .filter(({ inputs }) => inputs.securityGroupId === "id-of-store-keeper")
      .map(({ inputs }) => `${inputs.direction} ${inputs.protocol} ${inputs.portRangeMin} ${inputs.remoteIpPrefix}`);
    for (const wanted of ["tcp 3306 10.20.2.10/32", "tcp 5000 192.0.2.0/24", "tcp 443 192.0.2.0/24"]) {
      assert.ok(rules.includes(`egress ${wanted}`), rules.join("\n"));
    }
    assert.ok(!rules.some((rule) => rule.startsWith("ingress")), rules.join("\n"));
  });

  it("gives the keeper one credential that adds objects and does nothing else, and one that only reads", async () => {
    const { recorder } = await build();
    const rules = (name: string) =>
      recorder.one("identity/applicationCredential:ApplicationCredential", `store-backups-${name}`).accessRules;
    const path = "/v1/AUTH_p/ecommerce-dev-backups";
    const rule = (method: string, place: string) => ({ service: "object-store", method, path: place });
    assert.deepEqual(rules("writer"), [rule("PUT", `${path}/*/**`)]);
    assert.deepEqual(rules("reader"), [rule("GET", path), rule("GET", `${path}/*/**`)]);
    const { containerRead, containerWrite } = recorder.one("objectstorage/container:Container", "store-backups");
    assert.deepEqual([containerRead, containerWrite], ["p:u", "p:u"]);
  });

  it("lets it make the volume larger where the stack file says so, by a credential for actions on that volume alone", async () => {
    const { recorder } = await build({ volume: { size: 10, grow: { to: 40 } } });
    const { roles, accessRules } = recorder.one(
      "identity/applicationCredential:ApplicationCredential",
      "store-growth-member",
    );
    assert.deepEqual(roles, ["member"]);
    const path = "/v3/p/volumes/id-of-store-db/action";
    assert.deepEqual(accessRules, [
      { service: "block-storage", method: "POST", path },
      { service: "volumev3", method: "POST", path },
    ]);
    const text = bootText(recorder.one("compute/instance:Instance", "store-keeper-1").userData);
    const growth = JSON.parse(/"growth": (\{[^}]*\}\s*\})/.exec(text)?.[1] ?? "{}");
    const url = `https://cinder.example.com:8776${path}`;
    assert.deepEqual(growth, { to: 40, url, credential: { id: "id-of-store-growth-member", secret: "generated" } });
    const out = recorder
      .of("networking/secGroupRule:SecGroupRule")
      .filter(({ inputs }) => inputs.portRangeMin === 8776)
      .map(({ inputs }) => inputs.securityGroupId);
    assert.deepEqual(out, ["id-of-store-keeper"]);
    const without = await build();
    const credentials = without.recorder.of("identity/applicationCredential:ApplicationCredential");
    assert.ok(!credentials.some(({ name }) => name.startsWith("store-growth")));
  });

  it("keeps the private key from every server but the keeper, and the passwords from all who do not need them", async () => {
    const { recorder } = await build();
    const { identity } = backupKey("generated");
    for (const { name, inputs } of recorder.of("compute/instance:Instance")) {
      const text = bootText(inputs.userData);
      assert.equal(text.includes(identity), name.startsWith("store-keeper"), name);
    }
  });

  it("takes no volume away from a server that runs: it goes with the server, once that has stopped", async () => {
    const attachments = new Map<string, Record<string, unknown>>();
    const { recorder } = await build();
    for (const { name, inputs } of recorder.of("compute/volumeAttach:VolumeAttach")) attachments.set(name, inputs);
    assert.deepEqual(Object.fromEntries(attachments), {
      "store-db": { instanceId: "id-of-store-db", volumeId: "id-of-store-db" },
    });
  });

  it("restores onto a volume of its own, and keeps the one of before", async () => {
    const { recorder } = await build({ restore: { at: "2026-11-27T10:15:00Z" } });
    const volumes = recorder.of("blockstorage/volume:Volume").map(({ name, inputs }) => [name, inputs.name]);
    assert.deepEqual(volumes, [
      ["store-db", "ecommerce-dev-db-data"],
      ["store-db-20261127T101500Z", "ecommerce-dev-db-data-20261127T101500Z"],
    ]);
    const { volumeId } = recorder.one("compute/volumeAttach:VolumeAttach", "store-db");
    assert.equal(volumeId, "id-of-store-db-20261127T101500Z");
    const userData = (name: string) => bootText(recorder.one("compute/instance:Instance", name).userData);
    assert.match(userData("store-db"), /RESTORE='?2026-11-27T10:15:00Z/);
    assert.match(userData("store-keeper-1"), /"at": "2026-11-27T10:15:00Z"/);
  });

  it("reads another store's container for a restore from there, with that one's key", async () => {
    const container = "https://swift.example.com/v1/AUTH_q/ecommerce-prod-backups";
    const config = validate("ecommerce", {
      ...SMALLEST,
      ...BACKED_UP,
      database: { ...SMALLEST.database, backups: BACKUPS, restore: { at: "2026-11-27T10:15:00Z", container } },
      backupKey: "[secret]",
    });
    const { recorder } = await record(
      () =>
        new Storefront("store", {
          config,
          cloud: { ...CLOUD, storage: STORAGE },
          naming: new Naming("ecommerce", "dev"),
          secrets: { mailPassword: undefined, backupKey: pulumi.secret("AGE-SECRET-KEY-1OTHER") },
        }),
    );
    const { accessRules } = recorder.one(
      "identity/applicationCredential:ApplicationCredential",
      "store-backups-reader",
    );
    assert.ok(JSON.stringify(accessRules).includes("/v1/AUTH_q/ecommerce-prod-backups/*/**"));
    const text = bootText(recorder.one("compute/instance:Instance", "store-keeper-1").userData);
    assert.ok(text.includes("AGE-SECRET-KEY-1OTHER") && text.includes(container));
  });
});

describe("the key of backups", () => {
  it("is what age makes of the same secret", () => {
    // By `age-keygen -y`.
    assert.deepEqual(backupKey("x"), {
      identity: "AGE-SECRET-KEY-1QZ5TVK23A27CH0DEVXDMG67TCPEZDJ02FHPAF8K0DGV0TVGJ7YGQ92GN3M",
      recipient: "age17wq7tdvpkh2j8m9f28ym0snv7qh45xntp3fgtr9j4swwhyc38casfn3eu8",
    });
  });
});

describe("the seconds that can be restored", () => {
  const base = (stamp: string, file: number, position: number) =>
    `${T}/base/${stamp}-binlog.${String(file).padStart(6, "0")}-${position}/complete.json`;
  const piece = (file: number, start: number | "whole", end: number, stamp: string) =>
    `${T}/log/binlog.${String(file).padStart(6, "0")}/${start}-${end}-${stamp}.zst.age`;
  const words = (...names: string[]) => spansText(backupSpans(names));

  it("begin behind the first complete base and end with the last event that follows without a gap", () => {
    const first = base("20261127T100000Z", 1, 500);
    assert.equal(
      words(first, piece(1, 0, 600, "20261127T100010Z"), piece(1, 600, 900, "20261127T101000Z")),
      "reachable is 2026-11-27T10:00:01Z to 2026-11-27T10:10:00Z",
    );
    const gap = [first, piece(1, 0, 600, "20261127T100010Z"), piece(1, 700, 900, "20261127T101000Z")];
    assert.equal(words(...gap), "reachable is 2026-11-27T10:00:01Z to 2026-11-27T10:00:10Z");
    const rotated = [first, piece(1, "whole", 900, "20261127T100900Z"), piece(2, 0, 80, "20261127T110000Z")];
    assert.equal(words(...rotated), "reachable is 2026-11-27T10:00:01Z to 2026-11-27T11:00:00Z");
  });

  it("are none without a complete base, or without the log that holds its position", () => {
    const none = "the container has no complete base with logs that follow it";
    assert.equal(words(piece(1, 0, 600, "20261127T100010Z")), none);
    assert.equal(words(base("20261127T100000Z", 1, 700), piece(1, 0, 600, "20261127T100010Z")), none);
    assert.equal(words("rubbish", `${T}/base/x/part-0001.zst.age`), none);
  });

  it("may be several spans, and overlapping pieces are no gap", () => {
    const names = [
      base("20261127T100000Z", 1, 10),
      piece(1, 0, 50, "20261127T100100Z"),
      piece(1, 30, 70, "20261127T100200Z"),
      base("20261127T120000Z", 3, 10),
      piece(3, 0, 70, "20261127T120500Z"),
    ];
    assert.equal(
      words(...names),
      "reachable is 2026-11-27T10:00:01Z to 2026-11-27T10:02:00Z and 2026-11-27T12:00:01Z to 2026-11-27T12:05:00Z",
    );
  });

  it("are what a restore is refused by before anything changes, until its volume is there", async () => {
    const names = [base("20261127T100000Z", 1, 10), piece(1, 0, 50, "20261127T100100Z")];
    const asked = async (at: string, volumes: string[] = []) => {
      const api: Pick<CloudApi, "call" | "text"> = {
        call: async () => ({ volumes: volumes.map((name) => ({ name })) }),
        text: async (_, path) => (path.includes("marker=&") || path.endsWith("marker=") ? `${names.join("\n")}\n` : ""),
      };
      const findings = new Findings("ecommerce");
      await requireReach(findings, api, "ecommerce-dev", { at });
      findings.throwIfAny();
    };
    await asked("2026-11-27T10:01:00Z");
    const reason =
      /ecommerce:database\.restore\.at: "2026-11-27T10:02:00Z" cannot be restored: reachable is 2026-11-27T10:00:01Z to 2026-11-27T10:01:00Z/;
    await assert.rejects(asked("2026-11-27T10:02:00Z"), reason);
    await asked("2026-11-27T10:02:00Z", ["ecommerce-dev-db-data-20261127T100200Z"]);
  });
});
