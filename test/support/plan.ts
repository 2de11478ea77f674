/** What a program registers, as policies get to see it: types, inputs, options, and what comes from what. */
import type { PolicyResource } from "@pulumi/policy";
import { deserializeProperties } from "@pulumi/policy/deserialize";
import { unknownCheckingProxy } from "@pulumi/policy/proxy";
import * as pulumi from "@pulumi/pulumi";
import type resource from "@pulumi/pulumi/proto/resource_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { record } from "./recorder";

/** What the SDK keeps out of its types. */
declare module "@pulumi/policy/deserialize" {
  export function deserializeProperties(properties: Struct, proxySecrets: boolean): Record<string, unknown>;
}

type Done = (error: unknown, answer?: { getUrn: () => string }) => void;

interface Registered {
  readonly request: resource.RegisterResourceRequest;
  readonly urn: string;
  outputs?: Struct | undefined;
}

const NEVER = () => {
  throw new Error("rules go by type tokens");
};

/** Runs a program under the mocks and gives its resources, components too, with what those register as outputs. */
export async function plan(build: () => unknown): Promise<PolicyResource[]> {
  const registered = new Map<string, Registered>();
  await record(() => {
    listen("registerResource", (request: resource.RegisterResourceRequest, urn) => {
      registered.set(urn, { request, urn });
    });
    listen("registerResourceOutputs", (request: resource.RegisterResourceOutputsRequest) => {
      const own = registered.get(request.getUrn());
      if (own) own.outputs = request.getOutputs();
    });
    return build();
  });
  const all = new Map([...registered].map(([urn, one]) => [urn, asPolicyResource(one)] as const));
  const find = (urns: readonly string[]) => urns.flatMap((urn) => all.get(urn) ?? []);
  for (const [urn, { request }] of registered) {
    const own = all.get(urn);
    if (!own) continue;
    own.dependencies = find(request.getDependenciesList());
    request.getPropertydependenciesMap().forEach((sources, property) => {
      own.propertyDependencies[property] = find(sources.getUrnsList());
    });
  }
  return [...all.values()];
}

/** Runs a program under the mocks and gives what each resource that has one is replaced by a change of, by the resource's name. */
export async function replacementTriggers(build: () => unknown): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>();
  await record(() => {
    listen("registerResource", (request: resource.RegisterResourceRequest) => {
      const trigger = request.getReplacementTrigger();
      if (trigger) found.set(request.getName(), trigger.toJavaScript());
    });
    return build();
  });
  return found;
}

/** Hears a call to the mocks' monitor, once it has been answered. */
function listen<R>(call: string, hear: (request: R, urn: string) => void): void {
  const monitor = pulumi.runtime.getMonitor();
  if (!monitor) throw new Error("the mocks made no monitor");
  const real: (request: R, done: Done) => unknown = Reflect.get(monitor, call).bind(monitor);
  Reflect.set(monitor, call, (request: R, done: Done) =>
    real(request, (error, answer) => {
      if (!error) hear(request, typeof answer?.getUrn === "function" ? answer.getUrn() : "");
      done(error, answer);
    }),
  );
}

function asPolicyResource({ request, urn, outputs }: Registered): PolicyResource {
  const timeouts = request.getCustomtimeouts();
  const properties = outputs ?? request.getObject();
  return {
    type: request.getType(),
    name: request.getName(),
    urn,
    props: unknownCheckingProxy(properties ? deserializeProperties(properties, false) : {}),
    opts: {
      protect: request.getProtect() === true,
      ignoreChanges: request.getIgnorechangesList(),
      ...(request.getDeletebeforereplacedefined() ? { deleteBeforeReplace: request.getDeletebeforereplace() } : {}),
      aliases: [],
      customTimeouts: {
        createSeconds: seconds(timeouts?.getCreate()),
        updateSeconds: seconds(timeouts?.getUpdate()),
        deleteSeconds: seconds(timeouts?.getDelete()),
      },
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    },
    dependencies: [],
    propertyDependencies: {},
    isType: NEVER,
    asType: NEVER,
  };
}

/** Of `20m`, the only unit in use. */
function seconds(duration = ""): number {
  return Number.parseInt(duration, 10) * 60 || 0;
}
