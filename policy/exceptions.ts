/** Exceptions of rules: each with a reason and an end, and every one in use is told at every run. */
import type { PolicyConfigSchema, StackValidationPolicy } from "@pulumi/policy";

export interface Exception {
  /** The resource's logical name, or `the store` for a rule about the whole of it. */
  readonly resource: string;
  /** The resource's type token, such as `openstack:blockstorage/volume:Volume`; none for the store as a whole. */
  readonly type?: string;
  readonly reason: string;
  /** Last day on which it holds, YYYY-MM-DD, UTC. */
  readonly until: string;
}

export const EXCEPTIONS_SCHEMA: PolicyConfigSchema["properties"][string] = {
  type: "array",
  description: "resources that the rule lets pass, each with a reason and a last day",
  items: {
    type: "object",
    required: ["resource", "reason", "until"],
    additionalProperties: false,
    properties: {
      resource: { type: "string", minLength: 1 },
      type: { type: "string", minLength: 1 },
      reason: { type: "string", minLength: 10 },
      until: { type: "string", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" },
    },
  },
};

/** The exceptions in use, for the report at the end of the run. */
const inUse = new Map<string, string>();

/** The store as a whole is of no type. */
export const STORE = { name: "the store", kind: undefined };

/**
 * @returns `excused`; why an exception does not hold, or not any more; nothing when there is none. One that names no type
 *   would excuse a volume together with the server and the network of the same name.
 */
export function excused(
  rule: string,
  { name, kind }: { readonly name: string; readonly kind: string | undefined },
  problem: string,
  exceptions: readonly Exception[],
  today = new Date().toISOString().slice(0, 10),
): string | undefined {
  const named = exceptions.filter(({ resource }) => resource === name);
  const own = named.filter(({ type }) => type === kind);
  const valid = own.find(({ until }) => until >= today);
  if (valid) {
    inUse.set(`${rule} ${kind} ${name}`, `${rule}: ${name} ${problem}; let pass until ${valid.until}: ${valid.reason}`);
    return "excused";
  }
  const [expired] = own;
  if (expired) return `its exception ended on ${expired.until}`;
  if (named.some(({ type }) => type === undefined)) return `its exception must have "type": "${kind}"`;
  return undefined;
}

/** Runs after all rules, in the same process. Never stops anything. */
export const exceptionsInUse: StackValidationPolicy = {
  name: "exceptions-in-use",
  description: "What was let pass, why, and until when.",
  enforcementLevel: "advisory",
  severity: "low",
  validateStack: (_, report) => {
    for (const text of inUse.values()) report(text);
    inUse.clear();
  },
};
