/** How the services' pools follow from a flavor. All sizes in MiB. */
import type { Flavor } from "../cloud/discover";

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, Math.floor(value)));

/** What the operating system, Apache and OPcache take before PHP's workers. */
const PHP_BASE = 384;
/** A worker of a shop in full use. */
const PHP_WORKER = 64;

/** Workers of PHP-FPM: as many as the memory holds, no more than the processors can turn over. */
export function phpWorkers({ ram, vcpus }: Pick<Flavor, "ram" | "vcpus">): number {
  return clamp((ram - PHP_BASE) / PHP_WORKER, 2, Math.max(4, vcpus * 16));
}

/** OPcache's shared memory. */
export function opcacheMemory({ ram }: Pick<Flavor, "ram">): number {
  return clamp(ram / 16, 64, 256);
}

const THREADS_PER_PROCESS = 25;

/** Apache's event MPM; proxying takes little memory, so processors decide, and memory keeps it in bounds. */
export function apacheProcesses({ ram, vcpus }: Pick<Flavor, "ram" | "vcpus">) {
  const processes = clamp(Math.min(vcpus * 8, ram / 64), 2, 40);
  return { processes, threads: THREADS_PER_PROCESS, workers: processes * THREADS_PER_PROCESS };
}

/** Memory for pages that anonymous visitors share: thousands of them, compressed. */
export function pageCacheSize({ ram }: Pick<Flavor, "ram">): number {
  return clamp(ram / 16, 32, 512);
}

/** HAProxy's connections, at 256 KiB each: buffers of both sides, TLS, and the kernel's own. */
export function balancerConnections({ ram }: Pick<Flavor, "ram">): number {
  return clamp((ram - 256) * 4, 1000, 100_000);
}

/** InnoDB's buffer pool: most of a large server, half of a small one. */
export function bufferPool({ ram }: Pick<Flavor, "ram">): number {
  return clamp(ram >= 4096 ? ram * 0.65 : ram * 0.4, 64, 1024 * 1024);
}

/** Answers that MariaDB remembers; a larger one takes longer to clean than it saves. */
export function queryCache({ ram }: Pick<Flavor, "ram">): number {
  return clamp(ram / 64, 8, 64);
}

/** Connections that fit beside the buffer pool, at some 8 MiB each in the worst case that is still sane. */
export function maxConnections({ ram }: Pick<Flavor, "ram">): number {
  return clamp((ram - bufferPool({ ram }) - 256) / 8, 50, 2000);
}
