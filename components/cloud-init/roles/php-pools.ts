/** PHP-FPM's pools: the shop's, one for pictures, one for health checks. Each has workers and a queue of its own. */
import type { Flavor } from "../../core/flavor";
import { apacheProcesses, phpMemoryLimit, phpWorkers } from "../../core/sizing";

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, Math.floor(value)));

/** Parts of Apache's threads that may wait for pages and for pictures; the others refuse requests, send files, answer health checks. */
const SHOPS_PART = 0.6;
const PICTURES_PART = 0.2;
/** Requests that may wait for one worker: a page that loads its parts at once is no rush. More would still be in the way when one is over. */
const QUEUED_PER_WORKER = 2;

/** Workers, and requests that are taken at a time: at work, and waiting. What comes beyond is turned away at once. */
export interface PoolSize {
  readonly workers: number;
  readonly most: number;
}

export interface PoolSizes {
  /** Each worker holds a connection to the database. */
  readonly shop: PoolSize;
  /** Make thumbnails, or fetch pictures from Swift; they ask the database once in half a minute. */
  readonly pictures: PoolSize;
  /** Each asks the database for a moment. */
  readonly health: PoolSize;
}

export function poolSizes(flavor: Flavor): PoolSizes {
  const { workers: threads } = apacheProcesses(flavor);
  const shop = Math.min(phpWorkers(flavor), Math.floor((threads * SHOPS_PART) / (1 + QUEUED_PER_WORKER)));
  return {
    shop: { workers: shop, most: shop * (1 + QUEUED_PER_WORKER) },
    pictures: { workers: clamp(flavor.vcpus, 2, 4), most: Math.floor(threads * PICTURES_PART) },
    health: { workers: 2, most: 8 },
  };
}

/**
 * Apache's settings for an app server, to be read after those that it shares with the web servers. One process: it is
 * Apache that counts how many requests are with PHP, each process for itself, and FPM's own queue has Apache wait without
 * an end when it is full.
 */
export function shopLimits(flavor: Flavor): string {
  const { shop, pictures, health } = poolSizes(flavor);
  const { workers: threads } = apacheProcesses(flavor);
  return `Define SHOP_MOST ${shop.most}
Define PICTURES_MOST ${pictures.most}
Define HEALTH_MOST ${health.most}
StartServers 1
# More than one only while an old one ends.
ServerLimit 4
ThreadsPerChild ${threads}
ThreadLimit ${threads}
MaxRequestWorkers ${threads}
MinSpareThreads 1
MaxSpareThreads ${threads + 1}
MaxConnectionsPerChild 0
`;
}

const pool = (name: string, { most }: PoolSize, lines: readonly string[]) => `[${name}]
user = www-data
group = www-data
listen = /run/php/${name}.sock
listen.owner = www-data
listen.group = www-data
listen.mode = 0600
listen.backlog = ${most}
${lines.join("\n")}
catch_workers_output = yes
clear_env = yes
security.limit_extensions = .php
`;

/** @param more lines for the shop's own pool */
export function phpPools(flavor: Flavor, more: readonly string[] = []): string {
  const { shop, pictures, health } = poolSizes(flavor);
  return [
    pool("ecommerce", shop, [
      "; All from the start: FPM adds workers once a second, and until then a rush would be turned away without need.",
      "pm = static",
      `pm.max_children = ${shop.workers}`,
      "pm.max_requests = 1000",
      `php_admin_value[memory_limit] = ${phpMemoryLimit(flavor)}M`,
      "request_terminate_timeout = 90s",
      "; For health checks: the status by a process of its own, which answers when all workers are busy.",
      "pm.status_path = /fpm-status",
      "pm.status_listen = /run/php/ecommerce-status.sock",
      "ping.path = /fpm-ping",
      ...more,
    ]),
    pool("ecommerce-pictures", pictures, [
      "; Pages come first.",
      "process.priority = 5",
      "pm = ondemand",
      `pm.max_children = ${pictures.workers}`,
      "pm.process_idle_timeout = 30s",
      "pm.max_requests = 500",
      "request_terminate_timeout = 30s",
      `php_admin_value[memory_limit] = ${clamp(flavor.ram / 8, 96, 256)}M`,
    ]),
    pool("ecommerce-health", health, [
      "process.priority = -5",
      "pm = static",
      `pm.max_children = ${health.workers}`,
      "pm.max_requests = 10000",
      "request_terminate_timeout = 20s",
      "; A database that accepts and then keeps silent.",
      "php_admin_value[mysqlnd.net_read_timeout] = 2",
    ]),
  ].join("\n");
}
