/** Runs a Pulumi program. */
import path from "node:path";
import language from "@pulumi/pulumi/proto/language_pb";
import { nodeEnvironment, nodeOptions } from "./options";
import { exitCode, node, sdkModule } from "./processes";

/** The SDK's exit code for "the error has been shown to the user already". */
const ERROR_SHOWN = 32;

export async function runProgram(request: language.RunRequest, engine: string): Promise<language.RunResponse> {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() || request.getPwd();
  const options = nodeOptions(info);
  const args = [
    ...options.nodeArgs,
    sdkModule("run", directory),
    ...["--monitor", request.getMonitorAddress(), "--engine", engine],
    ...["--project", request.getProject(), "--stack", request.getStack(), "--pwd", request.getPwd() || directory],
    ...["--parallel", String(request.getParallel())],
    ...(request.getDryrun() ? ["--dry-run"] : []),
    ...(request.getOrganization() ? ["--organization", request.getOrganization()] : []),
    ...(info?.getRootDirectory() ? ["--root-directory", info.getRootDirectory()] : []),
    path.join(directory, info?.getEntryPoint() ?? request.getProgram()),
    ...request.getArgsList(),
  ];
  const child = node(args, {
    cwd: directory,
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...nodeEnvironment(options),
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
  });
  const code = await exitCode(child);
  const response = new language.RunResponse();
  if (code === ERROR_SHOWN) response.setBail(true);
  else if (code !== 0) response.setError(`the program ended with exit code ${code}; its output above says why`);
  return response;
}
