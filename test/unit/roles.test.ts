import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import {
  cloudConfig,
  encodedSize,
  type ServerFile,
  shellQuote,
  USER_DATA_LIMIT,
} from "../../components/cloud-init/document";
import { fitUserData, unpacked } from "../../components/cloud-init/packed";
import { renderImageScript, renderUserData } from "../../components/cloud-init/role";
import {
  bufferPool,
  maxConnections,
  opcacheMemory,
  phpMemoryLimit,
  phpWorkers,
  queryCache,
  SMALLEST_APP_RAM,
} from "../../components/core/sizing";
import { run } from "../../toolchain/run";
import { BASE, databaseArgs, PASSWORDS, roles } from "../support/role-args";

const release = { url: "https://example.com/opencart.zip", sha256: "0".repeat(64) };

describe("the roles' user data", () => {
  let accountsKey: string;

  before(async () => {
    ({ accountsKey } = await databaseArgs());
  });

  it("holds a secret only where the role itself needs it", async () => {
    const all = await roles(release);
    const text = (role: keyof typeof all) =>
      unpacked(renderUserData(all[role], { hostname: role, mode: "packages", base: BASE }));
    const holds = (role: keyof typeof all) =>
      Object.entries(PASSWORDS).filter(([, secret]) => text(role).includes(secret));
    assert.deepEqual(holds("web"), []);
    assert.deepEqual(
      holds("services").map(([name]) => name),
      ["store", "admin"],
    );
    // Who may use it, it learns from its metadata, by a key.
    assert.deepEqual(holds("database"), []);
    assert.ok(text("database").includes(accountsKey));
    assert.ok(!text("services").includes("PRIVATE KEY"));
  });

  it("puts every file that holds a secret where only root, or one group, may read it", async () => {
    const all = await roles(release);
    const secrets = [...Object.values(PASSWORDS), "PRIVATE KEY", accountsKey];
    for (const role of Object.values(all)) {
      const text = renderUserData(role, { hostname: "h", mode: "packages", base: BASE });
      const { write_files: files } = parse(unpacked(text));
      for (const { path, permissions, content } of files) {
        if (secrets.some((secret) => content.includes(secret))) assert.match(permissions, /^0[46][04]0$/, path);
      }
    }
  });

  it("tells app servers of Swift only where uploads go there, and the image of no credential", async () => {
    const media = {
      authUrl: "https://keystone.example.com/v3",
      containerUrl: "https://swift.example.com/v1/AUTH_p/media",
      credentialId: "an id",
      secret: "Secret_of_the_credential",
    };
    const files = (text: string): { path: string; permissions: string; content: string }[] =>
      parse(unpacked(text)).write_files;
    for (const mode of ["packages", "image"] as const) {
      const args = { hostname: "h", mode, base: BASE };
      const text = (all: Awaited<ReturnType<typeof roles>>) => renderUserData(all.services, args);
      const [own] = files(text(await roles(release, media))).filter(({ content }) => content.includes(media.secret));
      assert.deepEqual([own?.path, own?.permissions], ["/etc/ecommerce/media.json", "0640"]);
      assert.ok(!files(text(await roles(release))).some(({ path }) => /media/.test(path)));
    }
    const { services } = await roles(release, media);
    const script = renderImageScript(services, BASE);
    assert.match(script, /ecommerce\/media\/sync\.php/);
    assert.ok(!script.includes(Buffer.from(media.secret).toString("base64").slice(4, -4)));
    assert.ok(!script.includes("media.json'"));
  });

  it("is the same bytes every time, since other bytes replace the server", async () => {
    const [one, other] = [await roles(release), await roles(release)];
    for (const name of ["web", "services", "database"] as const) {
      const args = { hostname: name, mode: "packages", base: BASE } as const;
      assert.equal(renderUserData(one[name], args), renderUserData(other[name], args));
    }
  });

  it("carries the baked files only where no golden image does; the image's script holds no secret", async () => {
    const all = await roles(release);
    for (const role of Object.values(all)) {
      const size = (mode: "packages" | "image") => renderUserData(role, { hostname: "h", mode, base: BASE }).length;
      assert.ok(size("image") < size("packages"));
      const script = renderImageScript(role, BASE);
      const decoded = script.replace(/ ([A-Za-z0-9+/=]{40,})$/gm, (_, text) => Buffer.from(text, "base64").toString());
      for (const secret of [...Object.values(PASSWORDS), "PRIVATE KEY", accountsKey])
        assert.ok(!decoded.includes(secret));
    }
  });

  it("is compressed only when it would not fit, and refused when even that does not", () => {
    const holding = (...contents: string[]) => {
      const files = contents.map((content, index) => ({ path: `/etc/file-${index}.conf`, content }));
      return cloudConfig({ hostname: undefined, files, everyBoot: [], firstBoot: [] });
    };
    assert.match(fitUserData(holding("short")), /^#cloud-config\nmanage_etc_hosts: true\n/);
    const noise = Array.from({ length: 200_000 }, (_, i) => ((i * 2654435761) >>> 0).toString(36)).join("");
    assert.throws(() => fitUserData(holding(noise)), /Nova's limit is 65535/);
    const long = holding("a line\n".repeat(20_000), "b");
    const packed = fitUserData(long);
    assert.ok(encodedSize(Buffer.from(packed, "base64")) <= USER_DATA_LIMIT);
    const sorted = (text: string) => {
      const { write_files: files, ...others } = parse(unpacked(text));
      return { ...others, write_files: files.toSorted((a: ServerFile, b: ServerFile) => (a.path < b.path ? -1 : 1)) };
    };
    for (const text of [packed, fitUserData(long, "heat")]) assert.deepEqual(sorted(text), long);
  });

  const throughHeat = async (long: string, module: string) => {
    const files = [
      { path: "/etc/secret.conf", content: "ä secret\n'\"\\\n", mode: "0640" as const },
      ...Array.from({ length: 4 }, (_, i) => ({
        path: `/opt/a/${i}.sh`,
        content: `${i}\n${long}`,
        mode: "0755" as const,
      })),
    ];
    const document = cloudConfig({ hostname: undefined, files, everyBoot: [], firstBoot: [["run"]] });
    const text = fitUserData(document, "heat");
    assert.ok(text.includes(`import base64, ${module}, json`));
    assert.deepEqual(
      parse(unpacked(text))
        .write_files.map(({ content }: ServerFile) => content)
        .sort(),
      files.map(({ content }) => content).sort(),
    );
    const {
      write_files: [packed],
      runcmd: [[program, ...args], next],
    } = parse(text);
    assert.deepEqual(next, ["run"]);
    const root = await mkdtemp(path.join(tmpdir(), "ecommerce-packed-"));
    try {
      await mkdir(path.join(root, path.dirname(packed.path)));
      await writeFile(path.join(root, packed.path), packed.content);
      await run(program, [...args.slice(0, -1), root]);
      for (const file of files) {
        const place = path.join(root, file.path);
        assert.equal(await readFile(place, "utf8"), file.content);
        assert.equal(((await stat(place)).mode & 0o777).toString(8).padStart(4, "0"), file.mode);
      }
      assert.ok(!existsSync(path.join(root, packed.path)));
    } finally {
      await rm(root, { recursive: true });
    }
  };

  it("goes through Heat as text, from which Python makes the same files with the same modes", async () => {
    await throughHeat("the same line\n".repeat(3_000), "gzip");
  });

  it("goes as LZMA where gzip would not fit: it finds what repeats further away", async function () {
    this.timeout("1m");
    await throughHeat(randomBytes(25_000).toString("base64"), "lzma");
  });

  it("fits, even through Heat and by packages, for an app server with everything that there is", async () => {
    const credential = { credentialId: randomBytes(16).toString("hex"), secret: randomBytes(64).toString("base64url") };
    const media = {
      authUrl: "https://keystone.cloud.example.com:5000/v3",
      containerUrl: `https://swift.cloud.example.com/v1/AUTH_${randomBytes(16).toString("hex")}/ecommerce-shop-media`,
      ...credential,
    };
    const certificate = randomBytes(900).toString("base64").replace(/.{64}/g, "$&\n");
    const mail = {
      host: "relay.example.com",
      port: 587,
      tls: "starttls" as const,
      user: "orders@shop.example.com",
      password: randomBytes(24).toString("base64url"),
      from: "orders@shop.example.com",
      ca: `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`,
    };
    const release = {
      url: "https://mirror.example.com/opencart-4.1.0.4.zip",
      sha256: randomBytes(32).toString("hex"),
    };
    const { services } = await roles(release, media, mail);
    const text = renderUserData(services, { hostname: undefined, mode: "packages", base: BASE });
    const size = encodedSize(Buffer.from(text));
    assert.ok(size <= USER_DATA_LIMIT - 500, `${size} of ${USER_DATA_LIMIT} bytes`);
    console.log(`      ${size} of ${USER_DATA_LIMIT} bytes`);
  });

  it("quotes settings so that a shell reads back what was written", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme-ascii", maxLength: 40 }), async (text) => {
        const { stdout } = await run("sh", ["-c", `printf '%s|' ${shellQuote(text)}`], { stripFinalNewline: false });
        assert.equal(stdout, `${text}|`);
      }),
      { numRuns: 50 },
    );
  });
});

describe("sizes from the flavor", () => {
  const flavors = fc.record({ ram: fc.integer({ min: 512, max: 1_048_576 }), vcpus: fc.integer({ min: 1, max: 128 }) });

  it("never promise more memory than there is", () => {
    fc.assert(
      fc.property(flavors, (flavor) => {
        assert.ok(bufferPool(flavor) < flavor.ram);
        const php = phpWorkers(flavor) * phpMemoryLimit(flavor);
        assert.ok(flavor.ram < SMALLEST_APP_RAM || php + opcacheMemory(flavor) + 128 <= flavor.ram);
        const database = bufferPool(flavor) + queryCache(flavor) + maxConnections(flavor) * 5;
        assert.ok(flavor.ram < 768 || database <= flavor.ram);
        assert.ok(phpWorkers(flavor) >= 2 && phpMemoryLimit(flavor) >= 128 && maxConnections(flavor) >= 16);
      }),
    );
  });
});
