/** `docs/outputs.md`: every output of a store, from the schema that checks them where another stack reads them. */
import { z } from "zod";
import { SECRET_OUTPUTS, storeOutputs } from "../../components/outputs";
import { kindOf, plain, table } from "./schema-rows";

const INTRODUCTION = `# Outputs

\`npm run docs\` writes this page from \`components/outputs.ts\`; a test compares the two.

\`\`\`sh
pulumi stack output                                     # all but secrets
pulumi stack output --show-secrets --json adminPasswords
\`\`\`

[Stacks around a store](other-stacks.md) says how another stack reads them. A new name does not raise \`interfaceVersion\`. A key with \`?\` may be absent.

`;

type JsonSchema = z.core.JSONSchema.BaseSchema;

export function outputsPage(): string {
  const secrets: readonly string[] = SECRET_OUTPUTS;
  const outputs = z.toJSONSchema(storeOutputs).properties ?? {};
  const rows = Object.entries(outputs).map(([name, schema]) => {
    const { description = "", ...value } = plain(schema);
    return [`\`${name}\``, shapeOf(value), `${description}${secrets.includes(name) ? " **Secret.**" : ""}`];
  });
  return `${INTRODUCTION}${table(["Output", "Value", "Meaning"], rows)}\n`;
}

/** Nested keys in braces: `{ web, app }: id` where all have one kind, else each with its own. */
function shapeOf(schema: JsonSchema): string {
  if (schema.type === "array" || !schema.properties) return kindOf(schema);
  const properties = Object.entries(schema.properties).map(([name, value]) => [name, plain(value)] as const);
  const kinds = properties.map(([, value]) => shapeOf(value));
  const names = properties.map(([name]) => (schema.required?.includes(name) ? name : `${name}?`));
  if (new Set(kinds).size === 1) return `{ ${names.join(", ")} }: ${kinds[0]}`;
  return `{ ${names.map((name, index) => `${name}: ${kinds[index]}`).join("; ")} }`;
}
