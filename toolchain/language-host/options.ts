/** `runtime.options` of a Pulumi.yaml or PulumiPolicy.yaml, as far as Node.js has a use for them. */
import type language from "@pulumi/pulumi/proto/language_pb";

export interface NodeOptions {
  /** `nodeargs`: arguments for node itself. */
  readonly nodeArgs: readonly string[];
  /** `typescript`, true by default: the SDK loads ts-node. */
  readonly typescript: boolean;
  /** `packagemanager`: npm by default. */
  readonly packageManager: string;
}

export function nodeOptions(info: language.ProgramInfo | undefined): NodeOptions {
  const options = info?.getOptions()?.toJavaScript() ?? {};
  const { nodeargs, typescript, packagemanager } = options;
  return {
    nodeArgs: typeof nodeargs === "string" ? nodeargs.split(/\s+/).filter((part) => part !== "") : [],
    typescript: typescript !== false && typescript !== "false",
    packageManager: typeof packagemanager === "string" ? packagemanager : "npm",
  };
}

/** The environment of a program: the SDK reads there whether it is to load ts-node. */
export function nodeEnvironment(options: NodeOptions): NodeJS.ProcessEnv {
  return { ...process.env, PULUMI_NODEJS_TYPESCRIPT: String(options.typescript) };
}
