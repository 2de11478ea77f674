/** What both Apache roles share. */
import type { Flavor } from "../../core/flavor";
import { apacheProcesses } from "../../core/sizing";
import type { ServerFile } from "../document";
import { filledIn } from "../filled-in";
import { script } from "../role";

/**
 * What a client could say of its own address, or of ours. OpenCart believes the first that it finds, so that none is handed
 * on: the address of the connection counts, or what our own balancer says, and mod_remoteip has read that by then.
 */
export const CLAIMS = [
  "CF-Connecting-IP",
  "X-Forwarded-For",
  "X-Real-IP",
  "X-Client-IP",
  "Client-IP",
  "X-Cluster-Client-IP",
  "True-Client-IP",
  "Forwarded",
  "X-Forwarded",
  "Forwarded-For",
  "X-Forwarded-Host",
  "X-Forwarded-Server",
] as const;

/** How Apache stops, on every server that has it. */
export const apacheImageFiles: readonly ServerFile[] = [
  { ...script("site/apache-stop.conf"), path: "/etc/systemd/system/apache2.service.d/ecommerce.conf" },
];

/**
 * Settings for `conf-enabled`. Read last, or Debian's own `security.conf` would have the last word; and no file of the
 * package's own is touched, or its next upgrade would ask which version to keep.
 * @param balancers CIDRs that are trusted to name the client's address; none: the connection's address counts
 */
export function apacheConf(flavor: Flavor, balancers: readonly string[]): string {
  const { processes, threads, workers } = apacheProcesses(flavor);
  const trusted = balancers.map((cidr) => `RemoteIPInternalProxy ${cidr}\n`);
  const header = trusted.length > 0 ? ["RemoteIPHeader X-Forwarded-For\n"] : [];
  const unset = CLAIMS.map((name) => `RequestHeader unset ${name}\n`);
  return filledIn("site/apache.conf", {
    CLIENTS: [...header, ...trusted, ...unset].join(""),
    START: Math.min(2, processes),
    PROCESSES: processes,
    THREADS: threads,
    SPARE: threads * 3,
    WORKERS: workers,
  });
}
