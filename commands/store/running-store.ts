/** The store that `npm run up` has brought up in the lab, from its stack's outputs; nothing is changed. */
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import { labEnvironment } from "../../lab/environment";
import { workspaceOf } from "../../lab/stack-file";
import { reasonIn } from "../stack/own-stack";

export interface RunningStore {
  /** With the slash, e.g. `http://198.51.100.97/`. */
  readonly url: string;
  /** Password of `admin` of the first store. */
  readonly adminPassword: string;
}

/** @throws Error when no store of that name is up in the lab */
export async function runningStore(stackName: string): Promise<RunningStore> {
  // Servers boot in this profile only.
  process.env.LAB_PROFILE ??= "full";
  const env = await labEnvironment();
  Object.assign(process.env, env);
  const workDir = workspaceOf(env);
  const missing = `there is no store ${stackName} in the lab (profile ${env.LAB_PROFILE}); npm run up makes one`;
  const stack = await LocalWorkspace.selectStack({ stackName, workDir }, { envVars: env }).catch((cause: unknown) => {
    throw new Error(`${missing} (${reasonIn(cause)})`);
  });
  const { storefrontUrl, adminPasswords } = await stack.outputs();
  if (typeof storefrontUrl?.value !== "string") throw new Error(missing);
  const [adminPassword] = Object.values<unknown>(adminPasswords?.value ?? {});
  return { url: storefrontUrl.value, adminPassword: String(adminPassword ?? "") };
}
