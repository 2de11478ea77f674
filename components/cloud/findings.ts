/** Collects what is wrong between the stack file and the cloud, to report all of it in one error. */
import type { ServiceNeed } from "../features/service-needs";
import { wordsIn } from "./api-error";
import { PATIENCE, passes, patiently } from "./patience";

export class Findings {
  private readonly problems: string[] = [];

  /**
   * @param namespace the project's name, which prefixes config keys
   * @param what is wrong with all of them
   * @param patience with lookups that a stumbling cloud does not answer
   */
  constructor(
    private readonly namespace: string,
    private readonly what = "the cloud does not have what the stack file names",
    private readonly patience = PATIENCE,
  ) {}

  add(key: string, problem: string): void {
    this.problems.push(`${this.namespace}:${key}: ${problem}`);
  }

  /** @param absence why the cloud has no endpoint of a type; none: it has one */
  requireServices(absence: (type: string) => string | undefined, needs: readonly ServiceNeed[]): void {
    for (const { key, type, otherwise } of needs) {
      const why = absence(type);
      if (why) this.add(key, `${why}: ${otherwise}`);
    }
  }

  /** Runs one lookup; a failure becomes a finding that names the key, its value and how to list what there is. */
  async look<T>(key: string, value: string, list: string, find: () => Promise<T>): Promise<T | undefined> {
    try {
      return await patiently(true, find, this.patience);
    } catch (cause) {
      if (passes(cause, true)) {
        this.add(key, `whether the cloud has "${value}" cannot be told, run it again: ${detail(cause)}`);
        return undefined;
      }
      this.add(key, `"${value}" ${reason(cause)} (see \`${list}\`)`);
      return undefined;
    }
  }

  /** @throws Error with every finding, one a line */
  throwIfAny(): void {
    if (this.problems.length === 0) return;
    const lines = this.problems.map((problem) => `  ${problem}`).join("\n");
    throw new Error(`${this.what}; nothing was created or changed:\n${lines}`);
  }

  /** A value whose lookup has left no finding. */
  certain<T>(value: T | undefined): T {
    if (value === undefined) throw new Error("a lookup gave neither a value nor a finding");
    return value;
  }
}

export function signInError(cause: unknown): Error {
  const advice =
    "set OS_CLOUD to an entry of your clouds.yaml, or source an openrc file, and try `openstack token issue`";
  return new Error(`cannot sign in to OpenStack: ${detail(cause)}\n  What to do: ${advice}`);
}

/** Without knowing what the store has, nobody can say what a change would take away. */
export function lookUpError(cause: unknown): Error {
  const under = cause instanceof Error && cause.cause instanceof Error ? `: ${cause.cause.message}` : "";
  const what = `what the store has in the cloud cannot be looked up; nothing was created or changed: ${detail(cause)}${under}`;
  return new Error(`${what}\n  What to do: run it again when that API answers`);
}

function detail(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text
    .replace(/^.*returned an error: (invoking \S+: )?/s, "")
    .replace(/^\d+ error occurred:\s*\*?\s*/, "")
    .replace(/<html[\s\S]*<\/html>/i, wordsIn)
    .trim();
}

function reason(cause: unknown): string {
  const text = detail(cause);
  if (/no results|not found|could not find|no .* found|unable to find/i.test(text)) return "is not there";
  if (/more than one/i.test(text)) return "fits more than one: give its id";
  return text;
}
