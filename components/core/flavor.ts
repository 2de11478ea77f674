/** A size of servers, as Nova has it. */
export interface Flavor {
  readonly name: string;
  readonly vcpus: number;
  /** MiB */
  readonly ram: number;
  /** GiB; 0 where servers must boot from a volume */
  readonly disk: number;
}
