/** What a rule is, and how it becomes a policy of Pulumi's. */
import type {
  PolicyConfigSchema,
  ReportViolation,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import { EXCEPTIONS_SCHEMA, type Exception, excused, STORE } from "./exceptions";
import { isKind, type Kind, type Seen, Store, seen } from "./resources";

export type Concern = "network" | "balancing" | "compute" | "data" | "secrets" | "scaling" | "whole";
export type Level = "advisory" | "mandatory" | "remediate" | "disabled";

/** Where an environment's stack file calls for another level than `mandatory`. */
type Schema = PolicyConfigSchema["properties"];

interface About<P extends object> {
  /** Unique, in kebab-case. */
  readonly name: string;
  readonly concern: Concern;
  /** What goes wrong without it. */
  readonly reason: string;
  /** What to do about a violation. */
  readonly remediation: string;
  readonly severity: "low" | "medium" | "high" | "critical";
  /** Rules of Checkov and Trivy that find no more than this one. */
  readonly covers?: readonly string[];
  /** Default: mandatory. */
  readonly level?: Level;
  readonly parameters?: { readonly schema: Schema; readonly defaults: P };
}

export interface ResourceRule<K extends Kind = Kind, P extends object = object> extends About<P> {
  readonly on: readonly K[];
  readonly judge: (resource: Seen<K>, report: (problem: string) => void, parameters: P) => void;
  /** Properties that put it right, where the level is `remediate`. */
  readonly remedy?: (resource: Seen<K>) => Readonly<Record<string, unknown>> | undefined;
}

export interface StoreRule<P extends object = object> extends About<P> {
  readonly judgeStore: (store: Store, report: (problem: string, about?: Seen) => void, parameters: P) => void;
}

/** A rule, its types settled. */
export interface Rule extends Omit<About<object>, "parameters"> {
  readonly parameters: { readonly schema: Schema; readonly defaults: object };
  readonly policy: ResourceValidationPolicy | StackValidationPolicy;
}

const NONE = { schema: {}, defaults: {} };

/** A rule that needs one resource at a time: it holds before that resource is made, also during `up`. */
export function resourceRule<K extends Kind, P extends object = object>(rule: ResourceRule<K, P>): Rule {
  const policy: ResourceValidationPolicy = {
    ...described(rule),
    validateResource: (args, report) => {
      if (!rule.on.some((kind) => kind === args.type)) return;
      const resource = seen(args);
      const config = args.getConfig<P & Excusing>();
      for (const kind of rule.on) {
        if (!isKind(resource, kind)) continue;
        rule.judge(resource, unlessExcused(rule.name, config, resource, report), parametersOf(rule, config));
      }
    },
  };
  const { remedy, on } = rule;
  if (remedy) {
    policy.remediateResource = (args) => {
      const resource = seen(args);
      const kind = on.find((one) => isKind(resource, one));
      const changes = kind && isKind(resource, kind) ? remedy(resource) : undefined;
      // In place: to copy the properties would be to read those that are unknown.
      return changes && Object.assign(args.props, changes);
    };
  }
  return settled(rule, policy);
}

/** A rule over the whole store, in the preview's picture of it. */
export function storeRule<P extends object = object>(rule: StoreRule<P>): Rule {
  const policy: StackValidationPolicy = {
    ...described(rule),
    validateStack: (args, report) => {
      const config = args.getConfig<P & Excusing>();
      const tell = (problem: string, about?: Seen) => unlessExcused(rule.name, config, about, report)(problem);
      rule.judgeStore(new Store(args.resources), tell, parametersOf(rule, config));
    },
  };
  return settled(rule, policy);
}

interface Excusing {
  readonly exceptions?: readonly Exception[];
}

function unlessExcused(rule: string, { exceptions = [] }: Excusing, about: Seen | undefined, report: ReportViolation) {
  return (problem: string) => {
    const { name, kind } = about ?? STORE;
    const verdict = excused(rule, { name, kind }, problem, exceptions);
    if (verdict === "excused") return;
    report(`${name} ${problem}${verdict ? ` (${verdict})` : ""}`, about?.urn);
  };
}

function parametersOf<P extends object>(rule: { readonly parameters?: About<P>["parameters"] }, config: P): P {
  const { defaults } = rule.parameters ?? { defaults: {} as P };
  const given = Object.entries(config).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

function described(rule: Omit<About<never>, "parameters"> & { readonly parameters?: { readonly schema: Schema } }) {
  return {
    name: rule.name,
    description: `${rule.reason} What to do: ${rule.remediation}`,
    severity: rule.severity,
    enforcementLevel: rule.level ?? "mandatory",
    tags: [rule.concern, ...(rule.covers ?? [])],
    remediationSteps: rule.remediation,
    configSchema: { properties: { ...rule.parameters?.schema, exceptions: EXCEPTIONS_SCHEMA } },
  };
}

function settled<P extends object>(rule: About<P>, policy: Rule["policy"]): Rule {
  const { name, concern, reason, remediation, severity, covers, level } = rule;
  return {
    name,
    concern,
    reason,
    remediation,
    severity,
    covers: covers ?? [],
    level: level ?? "mandatory",
    parameters: rule.parameters ?? NONE,
    policy,
  };
}
