/** Heat templates of elastic groups, read back from what is sent to Heat. */
import { z } from "zod";
import { type Props, type Seen, UNKNOWN } from "../resources";

const STACK = "openstack:orchestration/stackV1:StackV1";

const templateSchema = z.object({
  heat_template_version: z.unknown(),
  parameters: z.record(z.string(), z.object({ hidden: z.unknown().optional() })).default({}),
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
  /** False where nothing below could be read from it. */
  readonly isRead: boolean;
  readonly parameters: readonly { readonly name: string; readonly hidden: boolean }[];
  readonly resources: readonly TemplateResource[];
}

/** What a JSON template holds; of any other, or one that is not known yet, nothing. */
export function templateOf({ templateOpts }: Props<typeof STACK>): Template {
  const template = textOf(templateOpts);
  const parsed = templateSchema.safeParse(json(template));
  const { parameters, resources } = parsed.success ? parsed.data : { parameters: {}, resources: {} };
  return {
    template,
    isRead: parsed.success,
    parameters: Object.entries(parameters).map(([name, { hidden }]) => ({ name, hidden: hidden === true })),
    resources: Object.entries(resources).map(([name, resource]) => ({ name, ...resource })),
  };
}

/** Empty while a preview cannot know it. */
function textOf(options: unknown): string {
  const { Bin: text }: { Bin?: unknown } = Object(options);
  return typeof text === "string" && text !== UNKNOWN ? text : "";
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
  /** The tier of its servers, by their metadata. */
  readonly tier: string | undefined;
  readonly group: TemplateResource;
  /** Environment of the stack, as data. */
  readonly environment: unknown;
  readonly stack: Seen<typeof STACK>;
}

/** The groups in the templates of these resources. */
export function elasticGroups(resources: readonly Seen[]): ElasticGroupSeen[] {
  return resources.filter(isStack).flatMap((stack) =>
    templateOf(stack.props)
      .resources.filter(({ type }) => type === "OS::Heat::AutoScalingGroup")
      .map((group) => ({
        name: stack.name,
        min: Number(group.properties.min_size ?? 0),
        max: Number(group.properties.max_size ?? 0),
        tier: tierIn(memberProperties(group)),
        group,
        environment: json(textOf(stack.props.environmentOpts)),
        stack,
      })),
  );
}

/** Properties of the resource that a group makes its members of. */
export function memberProperties({ properties: { resource } }: TemplateResource): Readonly<Record<string, unknown>> {
  const { properties }: { properties?: unknown } = Object(resource);
  return { ...Object(properties) };
}

function tierIn({ metadata }: Readonly<Record<string, unknown>>): string | undefined {
  const { tier }: { tier?: unknown } = Object(metadata);
  return typeof tier === "string" ? tier : undefined;
}

export function isStack(resource: Seen): resource is Seen<typeof STACK> {
  return resource.kind === STACK;
}
