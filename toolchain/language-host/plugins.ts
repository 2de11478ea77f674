/** Runs what is written in Node.js and serves the engine: policy packs, component providers, dynamic providers. */
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import language from "@pulumi/pulumi/proto/language_pb";
import { type NodeOptions, nodeEnvironment, nodeOptions } from "./options";
import { exitCode, node, sdkModule } from "./processes";

type Call = grpc.ServerWritableStream<language.RunPluginRequest, language.RunPluginResponse>;

/** Starts a plugin and streams its output, whose first line tells the engine its port, then its exit code. */
export function runPlugin(call: Call): void {
  let child: ChildProcess;
  try {
    child = start(call.request);
  } catch (error) {
    const details = error instanceof Error ? error.message : String(error);
    call.emit("error", { code: grpc.status.UNKNOWN, details });
    return;
  }
  child.stdout?.on("data", (data: Buffer) => call.write(response((message) => message.setStdout(data))));
  child.stderr?.on("data", (data: Buffer) => call.write(response((message) => message.setStderr(data))));
  call.on("cancelled", () => child.kill("SIGTERM"));
  exitCode(child)
    .catch(() => 1)
    .then((code) => {
      call.write(response((message) => message.setExitcode(code)));
      call.end();
    });
}

function response(fill: (message: language.RunPluginResponse) => unknown): language.RunPluginResponse {
  const message = new language.RunPluginResponse();
  fill(message);
  return message;
}

function start(request: language.RunPluginRequest): ChildProcess {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() || request.getProgram();
  const options = nodeOptions(info);
  const isPolicyPack = request.getKind() === "analyzer" || existsSync(path.join(directory, "PulumiPolicy.yaml"));
  return node(isPolicyPack ? policyPack(request, directory, options) : provider(request, directory, options), {
    // In its own folder a policy pack finds its own tsconfig.json, not the one of the program it judges.
    cwd: isPolicyPack ? directory : request.getPwd() || directory,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...nodeEnvironment(options), ...environment(request.getEnvList()) },
  });
}

function policyPack(request: language.RunPluginRequest, directory: string, options: NodeOptions): string[] {
  const [engine = ""] = request.getArgsList();
  return [...options.nodeArgs, sdkModule("run-policy-pack", directory), engine, directory];
}

function provider(request: language.RunPluginRequest, directory: string, options: NodeOptions): string[] {
  return [...options.nodeArgs, sdkModule("run-plugin", directory), directory, ...request.getArgsList()];
}

/** `NAME=value` entries as an object. */
function environment(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf("=");
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}
