/** The text of `docs/policies.md`, from the rules. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Concern, Level, Rule } from "./rule";
import { RULES } from "./rules";

const TITLES: Readonly<Record<Concern, string>> = {
  network: "Network",
  balancing: "Balancing",
  compute: "Compute",
  data: "Data",
  secrets: "Secrets",
  scaling: "Scaling",
  whole: "The store as a whole",
};

type PackConfig = Readonly<Record<string, { readonly enforcementLevel?: Level } & Readonly<Record<string, unknown>>>>;

/** Configuration of the pack for an environment. */
export function packConfig(environment: "dev" | "prod"): PackConfig {
  return JSON.parse(readFileSync(path.join(__dirname, `${environment}.json`), "utf8"));
}

export function levelIn(config: PackConfig, { name, level }: Rule): Level | undefined {
  return config[name]?.enforcementLevel ?? config.all?.enforcementLevel ?? level;
}

const INTRODUCTION = `# Policies

\`npm run docs\` writes this page from \`policy/rules/\`; a test compares the two.

\`\`\`sh
npm run up                                                                   # judges on the lab, always
pulumi up --policy-pack policy --policy-pack-config policy/prod.json         # judges on your cloud
\`\`\`

The pack judges the plan before anything is created; with \`pulumi up --skip-preview\` the store as a whole only at the
end. \`policy/dev.json\` and \`policy/prod.json\` give each rule its level and its parameters: an \`advisory\` violation
is shown, a \`mandatory\` one ends the run, \`remediate\` corrects it, \`disabled\` turns the rule off. Without a configuration every rule is
mandatory. A value that a first preview cannot know yet, such as an id, counts as present; rules about single resources judge
again when the value is known, before the resource is made. For the ceiling the storefront registers two values that no
plan shows: the sizes of its flavors, and \`prices\` of the stack file.

**Exceptions** name one resource by name and type, a reason, and the last day (UTC) on which they hold. One about the store as
a whole has \`"resource": "the store"\` and no type. Every run lists the exceptions in use, as
\`exceptions-in-use\`; after its last day an exception is a violation again.

\`\`\`json
{ "data-protected-volumes": { "exceptions": [{ "resource": "store-db", "type": "openstack:blockstorage/volume:Volume",
  "reason": "moves to another type", "until": "2030-01-31" }] } }
\`\`\`

**Spellings.** Prefixes, protocols and ACLs are judged as Neutron and Swift read them: \`0.0.0.0/0.0.0.0\`, \`protocol: any\` or
\`.ref:*\` are what they mean there. What neither takes is judged as if it were everybody. An ACL that asks for a \`Referer\` is open to
everybody, since everybody can send one. Rules about user data also see what base64 and gzip hide.

"Covers" names the rules of Checkov (CKV_…) and Trivy (OPNSTK-…) that find no more than ours. They have no equal of the
remaining rules.
`;

export function documentation(): string {
  const [dev, prod] = [packConfig("dev"), packConfig("prod")];
  const section = (concern: Concern) => {
    const rules = RULES.filter((rule) => rule.concern === concern);
    return `\n## ${TITLES[concern]}\n\n${rules.map((rule) => entry(rule, dev, prod)).join("\n")}`;
  };
  const all = Object.keys(TITLES) as Concern[];
  return `${INTRODUCTION}${all.map(section).join("")}`;
}

function entry(rule: Rule, dev: PackConfig, prod: PackConfig): string {
  const levels = `dev ${levelIn(dev, rule)}, prod ${levelIn(prod, rule)}`;
  const covers = rule.covers?.length ? `; covers ${rule.covers.join(", ")}` : "";
  const parameters = Object.entries(rule.parameters.schema).map(([name, schema]) => {
    const fallback = JSON.stringify(Reflect.get(rule.parameters.defaults, name));
    const otherwise = fallback === undefined ? "none by default" : `default \`${fallback}\``;
    return `  - parameter \`${name}\`: ${schema.description}; ${otherwise}\n`;
  });
  return `- **\`${rule.name}\`** (${rule.severity}; ${levels}${covers}). ${rule.reason} *What to do:* ${rule.remediation}\n${parameters.join("")}`;
}
