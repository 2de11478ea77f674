/** The servers of a store that does not answer: what each says of its boot, and what to look at next. */
import { z } from "zod";
import { ApiError, type CloudApi } from "../cloud/api";
import { type BootReport, bootReport } from "./boot-report";

const serverSchema = z.object({ server: z.object({ name: z.string(), status: z.string() }) });
const consoleSchema = z.object({ output: z.string().nullable() });

/** @param id of a server, by Nova @returns what its console shows; nothing while it shows nothing */
export async function consoleOf(api: Pick<CloudApi, "post">, id: string): Promise<string> {
  const answer = await api.post("compute", `/servers/${id}/action`, { "os-getConsoleOutput": {} });
  return consoleSchema.parse(answer).output ?? "";
}

/** Where a server that cannot be asked keeps its report. */
const REPORT = "/var/lib/ecommerce/report.json on it";
/** Nobody of this project may read consoles, or the hypervisor has none; what else Nova answers may change as a server boots. */
const NEVER = [401, 403, 501];

export interface ServerReport {
  readonly name: string;
  readonly failed: boolean;
  /** It says so itself. */
  readonly ready: boolean;
  /** E.g. `booting for 35 s, at: installing the packages`. */
  readonly says: string;
  /** Of its boot, at what it said last; 0: it has said nothing. */
  readonly seconds: number;
  /** A command or file; empty where nothing is wrong. */
  readonly lookAt: string;
  /** Of a server that runs: why its console says nothing at all; none where it says something. */
  readonly mute?: MuteConsole;
}

export interface MuteConsole {
  readonly why: string;
  /** Whether it can never come to say something; otherwise the server may only have begun to boot. */
  readonly forGood: boolean;
}

/** Never throws: what Nova does not tell of a server is said in its report. @param ids of servers, by Nova's id */
export function reportsOf(api: Pick<CloudApi, "call" | "post">, ids: readonly string[]): Promise<ServerReport[]> {
  return Promise.all(ids.map((id) => reportOf(api, id)));
}

async function reportOf(api: Pick<CloudApi, "call" | "post">, id: string): Promise<ServerReport> {
  let name = id;
  try {
    const { server } = serverSchema.parse(await api.call("compute", `/servers/${id}`));
    name = server.name;
    if (server.status !== "ACTIVE") {
      const lookAt = `openstack server show ${id}; openstack server event list ${id}`;
      const says = `is ${server.status} in Nova`;
      return { name, failed: server.status === "ERROR", ready: false, says, seconds: 0, lookAt };
    }
  } catch (cause) {
    const says = `Nova does not show it (${problem(cause)})`;
    return { name, failed: false, ready: false, says, seconds: 0, lookAt: REPORT };
  }
  try {
    const console = await consoleOf(api, id);
    const report = bootReport(console);
    const [failed, ready] = [report.state === "failed", report.state === "ready"];
    const mute = console.trim() === "" ? { mute: { why: "its console is empty", forGood: false } } : {};
    return {
      name,
      failed,
      ready,
      says: inWords(report),
      seconds: report.seconds,
      lookAt: nextLook(report, id),
      ...mute,
    };
  } catch (cause) {
    const why = `its console cannot be read (${problem(cause)})`;
    const forGood = cause instanceof ApiError && NEVER.includes(cause.status);
    return { name, failed: false, ready: false, says: why, seconds: 0, lookAt: REPORT, mute: { why, forGood } };
  }
}

const problem = (cause: unknown) => (cause instanceof ApiError ? `HTTP ${cause.status}` : String(cause));

function inWords({ state, step, reason, seconds }: BootReport): string {
  switch (state) {
    case "silent":
      return "nothing on its console yet of what user data does";
    case "booting":
      return `booting for ${seconds} s, at: ${step}`;
    case "ready":
      return `ready after ${seconds} s`;
    case "failed":
      return `FAILED after ${seconds} s while ${step}${reason ? `: ${reason}` : ""}`;
    default:
      return state satisfies never;
  }
}

function nextLook({ state }: BootReport, id: string): string {
  if (state === "ready") return "";
  const whole = `openstack console log show ${id}`;
  return state === "silent" ? `${whole} (network, metadata, cloud-init)` : `${whole}; /var/log/ecommerce.log on it`;
}
