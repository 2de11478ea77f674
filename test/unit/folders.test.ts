import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../../toolchain/paths";

/** From what knows nothing of the others to what knows them all. Each may import from its own line and those above it. */
const LAYERS: readonly (readonly string[])[] = [
  ["components/core", "components/outputs.ts", "toolchain"],
  ["components/config"],
  ["components/cost", "components/cloud-init"],
  ["components/features"],
  ["components/cloud"],
  ["components/content", "components/network", "components/readiness"],
  ["components/compute"],
  ["components/balancing", "components/database"],
  ["components/groups"],
  ["components/scaling"],
  ["components/store"],
  ["components/storefront.ts", "components/store-reference.ts"],
  ["components/index.ts", "components/package", "policy", "lab", "index.ts"],
  ["examples", "commands"],
];
const IMPORT = /(?:from |import\()"(\.[^"]+)(?<!\.json)"/g;

describe("folders", () => {
  const files = LAYERS.flat().flatMap((place) => sources(place));
  const placeOf = (file: string) => LAYERS.flat().find((place) => file === place || file.startsWith(`${place}/`));
  const layerOf = (place: string) => LAYERS.findIndex((layer) => layer.includes(place));

  it("import downwards only, and folders of one line not from each other", () => {
    const wrong = files.flatMap((file) =>
      [...readFileSync(path.join(ROOT, file), "utf8").matchAll(IMPORT)].flatMap(([, specifier = ""]) => {
        const target = path.join(path.dirname(file), specifier);
        const [from, to] = [placeOf(file), placeOf(`${target}.ts`) ?? placeOf(`${target}/index.ts`)];
        assert.ok(from && to, `${file} imports ${specifier}, which is on no line`);
        return from === to || layerOf(to) < layerOf(from) ? [] : [`${file} -> ${target}`];
      }),
    );
    assert.deepEqual(wrong, []);
  });

  it("of the examples know the components by what they export only", () => {
    const imported = sources("examples").flatMap((file) =>
      [...readFileSync(path.join(ROOT, file), "utf8").matchAll(IMPORT)].map(([, specifier = ""]) =>
        path.join(path.dirname(file), specifier),
      ),
    );
    const outside = imported.filter((place) => !place.startsWith("examples/"));
    assert.deepEqual([...new Set(outside)], ["components/index"]);
  });

  it("are all on a line", () => {
    const there = readdirSync(path.join(ROOT, "components"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.name.endsWith(".ts"))
      .map(({ name }) => `components/${name}`);
    assert.deepEqual(
      there.filter((place) => !LAYERS.flat().includes(place)),
      [],
    );
  });
});

/** Of a file, or of all below a folder but what is installed there. */
function sources(place: string): string[] {
  if (place.endsWith(".ts")) return [place];
  return readdirSync(path.join(ROOT, place), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
    .map((name) => path.join(place, name));
}
