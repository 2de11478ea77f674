/** Findings as text, and what to put into the stack file. */
import { stringify } from "yaml";
import type { Finding } from "./finding";

const SIGNS = { fine: "ok", wrong: "WRONG", unknown: "?" };

export function report(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ key }) => key.length));
  return findings.map(({ state, key, text }) => `  ${SIGNS[state].padEnd(6)} ${key.padEnd(width)}  ${text}`).join("\n");
}

type Sections = Readonly<Record<string, unknown>>;

/**
 * The sections of the stack file that change, whole, as YAML under `config:`.
 * @param input the sections as they are, without the namespace
 * @returns nothing when no finding knows a remediation
 */
export function remediation(namespace: string, input: Sections, findings: readonly Finding[]): string | undefined {
  const changes = findings.flatMap(({ set }) => Object.entries(set ?? {}));
  if (changes.length === 0) return undefined;
  const cured = changes.reduce<Sections>((sections, [key, value]) => put(sections, key.split("."), value), input);
  const touched = new Set(changes.map(([key]) => key.split(".")[0]));
  const sections = Object.entries(cured).filter(([name]) => touched.has(name));
  return stringify(Object.fromEntries(sections.map(([name, section]) => [`${namespace}:${name}`, section])));
}

function put(sections: Sections, [first = "", ...rest]: readonly string[], value: unknown): Sections {
  const { [first]: here, ...others } = sections;
  if (rest.length === 0) return value === undefined ? others : { ...sections, [first]: value };
  const inner = typeof here === "object" && here !== null ? { ...here } : {};
  return { ...sections, [first]: put(inner, rest, value) };
}
