/** `docs/configuration.md`: every key of a stack file, from the schema that checks it. */
import { z } from "zod";
import { storeSchema } from "../../components/config/schema";
import { linked, plain, type Row, rowsOf, table } from "./schema-rows";

const INTRODUCTION = `# Configuration

\`npm run docs\` writes this page from \`components/config/schema.ts\`; a test compares the two.

A stack file has one section for each key below, under \`ecommerce:\`. This command changes one value:

\`\`\`sh
pulumi config set --path ecommerce:web.count 3
\`\`\`

A range such as 1 to 100 takes whole numbers. A required key below an optional one is required only where that one is given. A mistake stops \`up\` before it calls any API; the error names
every wrong key, its value and what is allowed.
`;

/** @returns every row of the page, by section */
export function configurationRows(): { section: string; description: string; rows: Row[] }[] {
  const sections = Object.entries(z.toJSONSchema(storeSchema, { io: "input" }).properties ?? {});
  return sections.map(([section, schema]) => {
    const { description = "", ...object } = plain(schema);
    return { section, description: linked(description), rows: rowsOf(object, `${section}.`) };
  });
}

export function configurationPage(): string {
  const known = new Map<string, string>();
  const sections = configurationRows().map(({ section, description, rows }) => {
    const shape = JSON.stringify(rows.map((row) => ({ ...row, key: row.key.slice(section.length) })));
    const twin = rows.length > 0 ? known.get(shape) : undefined;
    known.set(shape, section);
    return `\n## \`${section}\`\n\n${description}\n${twin ? `Its keys are those of [\`${twin}\`](#${twin}).\n` : rowsText(rows)}`;
  });
  return `${INTRODUCTION}${sections.join("")}`;
}

function rowsText(rows: readonly Row[]): string {
  if (rows.length === 0) return "";
  const cells = rows.map(({ key, kind, fallback, required, description }) => [
    `\`${key}\``,
    kind,
    fallback ? `\`${fallback}\`` : required ? "**required**" : "–",
    linked(description),
  ]);
  return `\n${table(["Key", "Value", "Default", "Meaning"], cells)}\n`;
}
