/** Heat templates of elastic groups, read back from what is sent to Heat. */
import { z } from "zod";
import type { Props, Seen } from "../resources";

const STACK = "openstack:orchestration/stackV1:StackV1";

const templateSchema = z.object({
  heat_template_version: z.unknown(),
  resources: z.record(
    z.string(),
    z.object({
      type: z.string(),
      properties: z.record(z.string(), z.unknown()).default({}),
      metadata: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
});
export type TemplateResource = z.output<typeof templateSchema>["resources"][string] & { readonly name: string };

export interface Template {
  /** As it is sent. */
  readonly template: string;
  readonly resources: readonly TemplateResource[];
}

/** Resources of a JSON template; of any other, or one that is not known yet, none. */
export function templateOf({ templateOpts }: Props<typeof STACK>): Template {
  const { Bin: template = "" }: Record<string, string> = { ...templateOpts };
  const parsed = templateSchema.safeParse(json(template));
  const resources = parsed.success ? Object.entries(parsed.data.resources) : [];
  return { template, resources: resources.map(([name, resource]) => ({ name, ...resource })) };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface ElasticGroupSeen {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly group: TemplateResource;
}

/** The groups in the templates of these resources. */
export function elasticGroups(resources: readonly Seen[]): ElasticGroupSeen[] {
  return resources.filter(isStack).flatMap(({ name, props }) =>
    templateOf(props)
      .resources.filter(({ type }) => type === "OS::Heat::AutoScalingGroup")
      .map((group) => ({
        name,
        min: Number(group.properties.min_size ?? 0),
        max: Number(group.properties.max_size ?? 0),
        group,
      })),
  );
}

export function isStack(resource: Seen): resource is Seen<typeof STACK> {
  return resource.kind === STACK;
}
