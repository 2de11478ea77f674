/** The parts of a stack's exported state that tell what it has and what it reads. */
import { z } from "zod";
import { run } from "../../toolchain/run";

const text = z.record(z.string(), z.unknown()).default({});
const deployment = z.object({
  deployment: z
    .object({
      resources: z
        .array(
          z.object({
            type: z.string(),
            id: z.string().default(""),
            inputs: text,
            retainOnDelete: z.boolean().optional(),
          }),
        )
        .default([]),
    })
    .nullish(),
});
const listing = z.array(z.object({ name: z.string() }));

export type StateResource = NonNullable<z.output<typeof deployment>["deployment"]>["resources"][number];

/** Pulumi's backend, seen from a folder that belongs to no project, so that stacks of every project can be read. */
export class Backend {
  constructor(
    private readonly folder: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** Names of all stacks, as StackReference takes them. */
  async stacks(): Promise<string[]> {
    return listing.parse(JSON.parse(await this.pulumi("stack", "ls", "--all", "--json"))).map(({ name }) => name);
  }

  /** Secrets stay encrypted. */
  async resources(stack: string): Promise<StateResource[]> {
    const exported = deployment.parse(JSON.parse(await this.pulumi("stack", "export", "--stack", stack)));
    return exported.deployment?.resources ?? [];
  }

  private async pulumi(...args: string[]): Promise<string> {
    return (await run("pulumi", args, { cwd: this.folder, env: { ...this.env } })).stdout;
  }
}
