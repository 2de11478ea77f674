/** `pulumi install`: a program's npm packages. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import language from "@pulumi/pulumi/proto/language_pb";
import { nodeOptions } from "./options";
import { exitCode, track } from "./processes";

type Call = grpc.ServerWritableStream<language.InstallDependenciesRequest, language.InstallDependenciesResponse>;

export function installDependencies(call: Call): void {
  const directory = call.request.getInfo()?.getProgramDirectory() || call.request.getDirectory();
  // The components' package has none of its own: its packages are the checkout's, and npm would rearrange those.
  if (!existsSync(path.join(directory, "package.json"))) {
    call.end();
    return;
  }
  const manager = nodeOptions(call.request.getInfo()).packageManager;
  const locked = manager === "npm" && existsSync(path.join(directory, "package-lock.json"));
  const child = track(
    spawn(manager, [locked ? "ci" : "install"], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] }),
  );
  const write = (fill: (message: language.InstallDependenciesResponse) => unknown) => {
    const message = new language.InstallDependenciesResponse();
    fill(message);
    call.write(message);
  };
  child.stdout?.on("data", (data: Buffer) => write((message) => message.setStdout(data)));
  child.stderr?.on("data", (data: Buffer) => write((message) => message.setStderr(data)));
  const fail = (details: string) => call.emit("error", { code: grpc.status.UNKNOWN, details });
  exitCode(child)
    .then((code) => (code === 0 ? call.end() : fail(`${manager} ended with exit code ${code} in ${directory}`)))
    .catch((error: Error) => fail(`${manager} could not be started: ${error.message}`));
}
