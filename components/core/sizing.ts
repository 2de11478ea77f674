/** How the services' pools follow from a flavor. All sizes in MiB. */
import type { Flavor } from "./flavor";

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, Math.floor(value)));

/** What the operating system, Apache and OPcache take before PHP's workers. */
const PHP_BASE = 384;
/** What a worker may take at least: enough to make a thumbnail of a picture of 24 megapixels. */
const PHP_WORKER = 128;
/** What it may take at most; more helps no page. */
const PHP_WORKER_MAX = 256;
const FEWEST_WORKERS = 2;

/** Workers of PHP-FPM: as many as the memory holds when all take what they may, no more than the processors can turn over. */
export function phpWorkers({ ram, vcpus }: Pick<Flavor, "ram" | "vcpus">): number {
  return clamp((ram - PHP_BASE) / PHP_WORKER, FEWEST_WORKERS, Math.max(4, vcpus * 16));
}

/** PHP's memory_limit for the shop's workers: all of them together fit beside the rest. */
export function phpMemoryLimit(flavor: Pick<Flavor, "ram" | "vcpus">): number {
  return clamp((flavor.ram - PHP_BASE) / phpWorkers(flavor), PHP_WORKER, PHP_WORKER_MAX);
}

/** The least memory of an app server. */
export const SMALLEST_APP_RAM = PHP_BASE + FEWEST_WORKERS * PHP_WORKER;

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

/** The database server itself and its operating system. */
const DATABASE_BASE = 256;
/** A connection when all of them group and sort 5,000 products at once, with the servers' own buffers; idle ones take 0.2. */
const CONNECTION = 5;
const FEWEST_CONNECTIONS = 16;

/** Connections that fit beside the buffer pool and the remembered answers, when all take what they may. */
export function maxConnections({ ram }: Pick<Flavor, "ram">): number {
  const left = ram - bufferPool({ ram }) - queryCache({ ram }) - DATABASE_BASE;
  return clamp(left / CONNECTION, FEWEST_CONNECTIONS, 2000);
}
