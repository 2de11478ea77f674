/** The part of an exported Pulumi state that an interrupted `up` leaves behind, and its mending. */
import { z } from "zod";
import { LOOKUPS } from "./lookups";

const resource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  inputs: z.record(z.string(), z.unknown()).default({}),
});
const operation = z.looseObject({ type: z.string(), resource });

/** What `pulumi stack export` prints, as far as it matters here; all the rest is kept as it is. */
export const exportedState = z.looseObject({
  deployment: z.looseObject({
    resources: z
      .array(
        z.looseObject({
          urn: z.string(),
          type: z.string().optional(),
          id: z.string().optional(),
          pendingReplacement: z.boolean().optional(),
          replacementTrigger: z.unknown().optional(),
        }),
      )
      .default([]),
    pending_operations: z.array(operation).default([]),
  }),
});

export type ExportedState = z.infer<typeof exportedState>;
export type PendingCreate = z.infer<typeof resource>;

/** The resources that were being made when the engine died: the cloud may have them, the state does not. */
export function pendingCreates({ deployment }: ExportedState): PendingCreate[] {
  return deployment.pending_operations.filter(({ type }) => type === "creating").map((pending) => pending.resource);
}

/** Pulumi's ids. @param type where it matters, since a router's leg has the id of its port */
export function knownIds({ deployment }: Pick<ExportedState, "deployment">, type?: string): Set<string> {
  const resources = deployment.resources.filter((one) => type === undefined || one.type === type);
  return new Set(resources.flatMap(({ id }) => id ?? []));
}

/** What a refresh needs to read it; all else it learns from the cloud. */
function known({ type, inputs }: PendingCreate): { readonly outputs?: Readonly<Record<string, unknown>> } {
  const names = LOOKUPS[type]?.readWith;
  return names ? { outputs: Object.fromEntries(names.map((name) => [name, inputs[name]])) } : {};
}

const networks = z.array(z.looseObject({ port: z.string().optional() }));

/**
 * Ids of the ports of adopted servers. What a refresh can tell of a server is not all that the program says of it, so the
 * next up replaces an adopted one; where the new server comes first, it needs another port.
 */
function portsOf(servers: readonly PendingCreate[]): Set<string> {
  const listed = servers
    .filter(({ type }) => type === "openstack:compute/instance:Instance")
    .flatMap(({ inputs }) => networks.safeParse(inputs.networks).data ?? []);
  return new Set(listed.flatMap(({ port }) => port ?? []));
}

/** The state with every pending create settled: adopted under its id, or forgotten when it has none. */
export function settle(state: ExportedState, ids: ReadonlyMap<string, string>): ExportedState {
  const adopted = pendingCreates(state).flatMap((pending) => {
    const id = ids.get(pending.urn);
    return id === undefined ? [] : [{ ...pending, id, ...known(pending) }];
  });
  const { deployment } = state;
  const adoptedUrns = new Set(adopted.map(({ urn }) => urn));
  const ports = portsOf(adopted);
  // A replacement's predecessor: gone already and kept as a mark only, or still there and to be deleted by the next up.
  const others = deployment.resources
    .filter(({ urn, pendingReplacement }) => !(adoptedUrns.has(urn) && pendingReplacement))
    .map((other) => (adoptedUrns.has(other.urn) ? { ...other, delete: true } : other))
    .map((other) =>
      other.replacementTrigger !== undefined && ports.has(other.id ?? "")
        ? { ...other, replacementTrigger: "of an adopted server" }
        : other,
    );
  return {
    ...state,
    deployment: {
      ...deployment,
      resources: [...others, ...adopted],
      pending_operations: deployment.pending_operations.filter(({ type }) => type !== "creating"),
    },
  };
}
