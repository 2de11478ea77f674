import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { configurationRows } from "../../commands/docs/configuration";
import { PAGES } from "../../commands/docs/pages";
import { plain } from "../../commands/docs/schema-rows";
import { validate } from "../../components/config/validate";
import { storeOutputs } from "../../components/outputs";

const ROOT = path.join(__dirname, "../..");

describe("the pages made from code", () => {
  for (const { file, text } of PAGES) {
    it(`${path.basename(file)} is what the code says: \`npm run docs\` writes it`, () => {
      assert.equal(readFileSync(file, "utf8"), text());
    });
  }

  it("say of every key of a stack file what it means", () => {
    const sections = configurationRows();
    const silent = sections.flatMap(({ rows }) => rows).filter(({ description }) => !description);
    assert.deepEqual(
      silent.map(({ key }) => key),
      [],
    );
    assert.ok(sections.every(({ description }) => description));
  });

  it("say of every output what it means", () => {
    const outputs = Object.entries(z.toJSONSchema(storeOutputs).properties ?? {});
    assert.deepEqual(
      outputs.filter(([, schema]) => !plain(schema).description).map(([name]) => name),
      [],
    );
  });
});

/** Headings as GitHub turns them into anchors. */
function anchorsOf(markdown: string): Set<string> {
  const headings = withoutCode(markdown).matchAll(/^#+ (.*)$/gm);
  const anchor = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
  return new Set([...headings].map(([, heading = ""]) => anchor(heading)));
}

const withoutCode = (markdown: string) => markdown.replace(/^```[\s\S]*?^```/gm, "");

describe("the documents", () => {
  const documents = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.md"], {
    cwd: ROOT,
    encoding: "utf8",
  })
    .split("\n")
    .filter((file) => file && existsSync(path.join(ROOT, file)));

  it("have at most 130 lines where newcomers begin", () => {
    assert.ok(readFileSync(path.join(ROOT, "README.md"), "utf8").trimEnd().split("\n").length <= 130);
  });

  it("begin with a stack file that is sound as it stands", () => {
    const [, block = ""] =
      /^ *```yaml\n([\s\S]*?)^ *```/m.exec(readFileSync(path.join(ROOT, "README.md"), "utf8")) ?? [];
    const { config } = parse(block.replace("<of the archive>", "0".repeat(64)));
    const sections = Object.entries(config).map(([key, value]) => [key.replace("ecommerce:", ""), value]);
    assert.equal(validate("ecommerce", Object.fromEntries(sections)).shop.release?.sha256, "0".repeat(64));
  });

  for (const document of documents) {
    it(`${document} links to what is there`, () => {
      const text = readFileSync(path.join(ROOT, document), "utf8");
      const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
      const broken = links.filter((link) => {
        if (/^[a-z]+:/.test(link)) return false;
        const [file = "", anchor] = link.split("#");
        const target = file ? path.join(ROOT, path.dirname(document), file) : path.join(ROOT, document);
        if (!existsSync(target)) return true;
        return anchor !== undefined && !anchorsOf(readFileSync(target, "utf8")).has(anchor);
      });
      assert.deepEqual(broken, []);
    });
  }
});
