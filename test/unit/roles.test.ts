import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { encodedSize, fitUserData, shellQuote, USER_DATA_LIMIT } from "../../components/cloud-init/document";
import { renderImageScript, renderUserData } from "../../components/cloud-init/role";
import { hostMask, usersSql } from "../../components/cloud-init/roles/database";
import { bufferPool, maxConnections, opcacheMemory, phpWorkers } from "../../components/cloud-init/sizing";
import { run } from "../../toolchain/run";
import { BASE, PASSWORDS, roles } from "../support/role-args";
import { userDataDocument } from "../support/user-data";

const release = { url: "https://example.com/opencart.zip", sha256: "0".repeat(64) };

describe("the roles' user data", () => {
  it("holds a secret only where the role itself needs it", async () => {
    const all = await roles(release);
    const text = (role: keyof typeof all) =>
      userDataDocument(renderUserData(all[role], { hostname: role, mode: "packages", base: BASE }));
    const holds = (role: keyof typeof all) =>
      Object.entries(PASSWORDS).filter(([, secret]) => text(role).includes(secret));
    assert.deepEqual(holds("web"), []);
    assert.deepEqual(
      holds("services").map(([name]) => name),
      ["store", "admin"],
    );
    assert.deepEqual(
      holds("database").map(([name]) => name),
      ["store", "reader"],
    );
    assert.ok(!text("services").includes("PRIVATE KEY"));
  });

  it("puts every file that holds a secret where only root, or one group, may read it", async () => {
    const all = await roles(release);
    const secrets = [...Object.values(PASSWORDS), "PRIVATE KEY"];
    for (const role of Object.values(all)) {
      const text = renderUserData(role, { hostname: "h", mode: "packages", base: BASE });
      const { write_files: files } = parse(userDataDocument(text));
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
      parse(userDataDocument(text)).write_files;
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
      for (const secret of [...Object.values(PASSWORDS), "PRIVATE KEY"]) assert.ok(!decoded.includes(secret));
    }
  });

  it("is compressed only when it would not fit, and refused when even that does not", () => {
    assert.equal(fitUserData("#cloud-config\n"), "#cloud-config\n");
    const packed = fitUserData("#cloud-config\n".repeat(10_000));
    assert.ok(encodedSize(Buffer.from(packed, "base64")) <= USER_DATA_LIMIT);
    const noise = Array.from({ length: 200_000 }, (_, i) => ((i * 2654435761) >>> 0).toString(36)).join("");
    assert.throws(() => fitUserData(noise), /Nova's limit is 65535/);
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

describe("database users", () => {
  it("come from the app network only, over TLS only, and write to their own store only", () => {
    const sql = usersSql({ clients: "10.20.1.0/24", stores: { my_store: "p" }, readers: { reports: "q" } });
    assert.match(
      sql,
      /CREATE USER IF NOT EXISTS 'my_store'@'10\.20\.1\.0\/255\.255\.255\.0' IDENTIFIED BY 'p' REQUIRE SSL;/,
    );
    assert.match(sql, /GRANT SELECT, INSERT.* ON `my\\_store`\.\* TO 'my_store'@/);
    assert.match(sql, /GRANT SELECT ON `my\\_store`\.\* TO 'reports'@/);
    assert.doesNotMatch(sql, /ALL PRIVILEGES|\*\.\*|'%' IDENTIFIED/);
  });

  it("are bound by the network's mask", () => {
    assert.equal(hostMask("10.20.1.0/24"), "10.20.1.0/255.255.255.0");
    assert.equal(hostMask("10.20.0.0/20"), "10.20.0.0/255.255.240.0");
    assert.equal(hostMask("10.20.1.64/27"), "10.20.1.64/255.255.255.224");
  });
});

describe("sizes from the flavor", () => {
  const flavors = fc.record({ ram: fc.integer({ min: 512, max: 1_048_576 }), vcpus: fc.integer({ min: 1, max: 128 }) });

  it("never promise more memory than there is", () => {
    fc.assert(
      fc.property(flavors, (flavor) => {
        assert.ok(bufferPool(flavor) < flavor.ram);
        assert.ok(flavor.ram < 2048 || phpWorkers(flavor) * 64 + opcacheMemory(flavor) < flavor.ram);
        assert.ok(flavor.ram < 2048 || bufferPool(flavor) + maxConnections(flavor) * 8 <= flavor.ram);
        assert.ok(phpWorkers(flavor) >= 2 && maxConnections(flavor) >= 50);
      }),
    );
  });
});
