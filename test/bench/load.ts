/** A load: so many connections, each asking again as soon as it is answered, for so many seconds. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { run } from "../../toolchain/run";
import { NETWORK } from "../support/wire";
import { processorTime } from "./processors";
import type { Request } from "./visitors";

export interface Load {
  readonly connections: number;
  readonly seconds: number;
}

export interface Result {
  /** A second. */
  readonly requests: number;
  /** Milliseconds within which 95 of 100 requests were answered. */
  readonly p95: number;
  /** Milliseconds of processor that the store's web and app servers took for a request. */
  readonly processor: number;
}

/** wrk, which Debian has. */
export async function installWrk(): Promise<void> {
  if ((await run("sh", ["-c", "command -v wrk"], { reject: false })).exitCode === 0) return;
  await run("apt-get", ["-q", "install", "-y", "--no-install-recommends", "wrk"], { stdio: "ignore" });
}

/**
 * @param folder for the list of requests
 * @param spaces network namespaces of the store's web and app servers
 * @throws Error when a single request was not answered with 200
 */
export async function load(
  url: string,
  requests: readonly Request[],
  args: Load,
  folder: string,
  spaces: readonly string[],
): Promise<Result> {
  const list = path.join(folder, "requests");
  await writeFile(list, requests.map((request) => `${request.join("\t")}\n`).join(""));
  const options = ["-t", "2", "-c", `${args.connections}`, "-d", `${args.seconds}s`, "--timeout", "30s"];
  const wrk = ["wrk", ...options, "-s", path.join(__dirname, "load.lua"), url, "--", list];
  const before = await processorTimes(spaces);
  const { stdout } = await run("ip", ["netns", "exec", NETWORK, ...wrk]);
  const processor = (await processorTimes(spaces)) - before;
  const seen = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  if (seen.failed > 0)
    throw new Error(`${seen.failed} of ${seen.requests} requests to ${url} failed: that is no result`);
  return {
    requests: seen.requests / (seen.microseconds / 1e6),
    p95: seen.p95 / 1000,
    processor: processor / seen.requests,
  };
}

async function processorTimes(spaces: readonly string[]): Promise<number> {
  return (await Promise.all(spaces.map(processorTime))).reduce((sum, time) => sum + time, 0);
}
