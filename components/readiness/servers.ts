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

export interface ServerReport {
  readonly name: string;
  readonly failed: boolean;
  /** It says so itself. */
  readonly ready: boolean;
  /** E.g. `booting for 35 s, at: installing the packages`. */
  readonly says: string;
  /** A command or file; empty where nothing is wrong. */
  readonly lookAt: string;
}

/** Never throws: what Nova does not tell of a server is said in its report. @param ids of servers, by Nova's id */
export function reportsOf(api: Pick<CloudApi, "call" | "post">, ids: readonly string[]): Promise<ServerReport[]> {
  return Promise.all(ids.map((id) => reportOf(api, id)));
}

async function reportOf(api: Pick<CloudApi, "call" | "post">, id: string): Promise<ServerReport> {
  try {
    const { name, status } = serverSchema.parse(await api.call("compute", `/servers/${id}`)).server;
    if (status !== "ACTIVE") {
      const lookAt = `openstack server show ${id}; openstack server event list ${id}`;
      return { name, failed: status === "ERROR", ready: false, says: `is ${status} in Nova`, lookAt };
    }
    const report = bootReport(await consoleOf(api, id));
    const [failed, ready] = [report.state === "failed", report.state === "ready"];
    return { name, failed, ready, says: inWords(report), lookAt: nextLook(report, id) };
  } catch (cause) {
    const why = cause instanceof ApiError ? `HTTP ${cause.status}` : String(cause);
    const lookAt = "/var/lib/ecommerce/report.json on it";
    return { name: id, failed: false, ready: false, says: `Nova shows neither it nor its console (${why})`, lookAt };
  }
}

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
