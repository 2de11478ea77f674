/** A size of servers, as Nova has it. */
export interface Flavor {
  readonly name: string;
  readonly vcpus: number;
  /** MiB */
  readonly ram: number;
  /** GiB; 0 where servers must boot from a volume */
  readonly disk: number;
}

/** One of a list, by its name or id: both are unique in a cloud. */
export function flavorCalled<F extends { readonly id?: string | undefined; readonly name: string }>(
  flavors: readonly F[],
  nameOrId: string,
): F | undefined {
  return flavors.find(({ name }) => name === nameOrId) ?? flavors.find(({ id }) => id === nameOrId);
}
