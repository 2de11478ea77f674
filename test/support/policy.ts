/** Runs a rule's policy as Pulumi would: through the SDK's own types, with its proxies around the properties. */
import type { PolicyResource, ReportViolation, ResourceValidationArgs } from "@pulumi/policy";
import { unknownCheckingProxy } from "@pulumi/policy/proxy";
import type { Kind, Props } from "../../policy/resources";
import type { Rule } from "../../policy/rule";

/** What the SDK keeps out of its types, and puts around the properties of every resource. */
declare module "@pulumi/policy/proxy" {
  export function unknownCheckingProxy(properties: Record<string, unknown>): Record<string, unknown>;
  export const unknownStringValue: string;
  export const unknownObjectValue: string;
}

export interface Sample<K extends Kind = Kind> {
  readonly kind: K | string;
  readonly name: string;
  readonly props: Props<K> | Record<string, unknown>;
  readonly opts?: Partial<PolicyResource["opts"]>;
  /** Names of the resources that a property's value comes from. */
  readonly sources?: Readonly<Record<string, readonly string[]>>;
  /** Names of the resources that it waits for without taking a value of theirs. */
  readonly dependsOn?: readonly string[];
}

const OPTS: PolicyResource["opts"] = {
  protect: false,
  ignoreChanges: [],
  aliases: [],
  customTimeouts: { createSeconds: 1200, updateSeconds: 1200, deleteSeconds: 1200 },
  additionalSecretOutputs: [],
};

const urn = ({ kind, name }: Sample) => `urn:pulumi:dev::ecommerce::${kind}::${name}`;

function resource(sample: Sample): PolicyResource {
  return {
    type: sample.kind,
    name: sample.name,
    urn: urn(sample),
    props: unknownCheckingProxy({ ...sample.props }),
    opts: { ...OPTS, ...sample.opts },
    dependencies: [],
    propertyDependencies: {},
    isType: never("isType"),
    asType: never("asType"),
  };
}

/** As the engine tells it: what values come from is also waited for. */
function connect(own: PolicyResource, { sources = {}, dependsOn = [] }: Sample, all: readonly PolicyResource[]): void {
  const named = (names: readonly string[]) => all.filter(({ name }) => names.includes(name));
  for (const [property, names] of Object.entries(sources)) own.propertyDependencies[property] = named(names);
  own.dependencies = named([...Object.values(sources).flat(), ...dependsOn]);
}

/** Rules go by type tokens: the SDK's comparison loads the whole provider. */
function never(what: string): () => never {
  return () => {
    throw new Error(`a rule called ${what}`);
  };
}

/** @returns the messages, in order @param config of the policy, as in the pack's configuration file */
export async function judge(rule: Rule, samples: readonly Sample[], config: object = {}): Promise<string[]> {
  const resources = samples.map(resource);
  const twice = resources.find(({ urn }, index) => resources.findIndex((other) => other.urn === urn) < index);
  if ("validateStack" in rule.policy && twice) throw new Error(`two samples are ${twice.urn}`);
  for (const [index, sample] of samples.entries()) {
    const own = resources[index];
    if (own) connect(own, sample, resources);
  }
  return judgePlan(rule, resources, config);
}

/** The same for resources as the engine gives them. */
export async function judgePlan(rule: Rule, resources: PolicyResource[], config: object = {}): Promise<string[]> {
  const messages: string[] = [];
  const report: ReportViolation = (message) => messages.push(message);
  const getConfig = <T extends object>(): T => Object.assign(Object.create(null), config);
  const shared = { stackTags: new Map<string, string>(), notApplicable: never("notApplicable"), getConfig };
  if ("validateStack" in rule.policy) {
    await rule.policy.validateStack({ ...shared, resources }, report);
    return messages;
  }
  const validate = rule.policy.validateResource;
  if (typeof validate !== "function") throw new Error(`${rule.name} judges nothing`);
  for (const one of resources) {
    const args: ResourceValidationArgs = { ...shared, ...one, isType: one.isType, asType: never("asType") };
    await validate(args, report);
  }
  return messages;
}
