/** execa is an ES module and the project's TypeScript runs as CommonJS, so it is imported when it is first used. */
import type { Options } from "execa";

export interface Finished {
  readonly exitCode: number | undefined;
  /** Empty when it is not captured. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command and waits for it. @throws ExecaError when it cannot start or ends with another code than 0 */
export async function run(command: string, args: readonly string[] = [], options: Options = {}): Promise<Finished> {
  const { execa } = await import("execa");
  const { exitCode, stdout, stderr } = await execa(command, args, options);
  return { exitCode, stdout: String(stdout ?? ""), stderr: String(stderr ?? "") };
}
