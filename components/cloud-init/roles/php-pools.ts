/** PHP-FPM's pools: the shop's, one for pictures, one for health checks. Each has workers and a queue of its own. */
import type { Flavor } from "../../cloud/discover";
import { apacheProcesses, phpWorkers } from "../sizing";

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, Math.floor(value)));

/** Of Apache's threads, the part that may be waiting for the shop; the others turn away, send files, ask for health. */
const SHOPS_PART = 0.6;
/** Requests that may wait for one worker: a second or two of work, after which nobody waits for the page any more. */
const QUEUED_PER_WORKER = 2;
const HEALTH_WORKERS = 2;

export interface PoolSizes {
  /** Workers, of which each holds a connection to the database. */
  readonly shop: number;
  /** Requests that may wait for a worker of the shop's; what comes beyond is turned away at once. */
  readonly queue: number;
  /** Workers that make thumbnails or fetch pictures from Swift; they ask the database once in half a minute. */
  readonly pictures: number;
  readonly health: number;
}

export function poolSizes(flavor: Flavor): PoolSizes {
  const most = Math.floor(apacheProcesses(flavor).workers * SHOPS_PART);
  const shop = Math.min(phpWorkers(flavor), Math.floor(most / (1 + QUEUED_PER_WORKER)));
  return { shop, queue: shop * QUEUED_PER_WORKER, pictures: clamp(flavor.vcpus, 2, 4), health: HEALTH_WORKERS };
}

const pool = (name: string, socket: string, backlog: number, lines: readonly string[]) => `[${name}]
user = www-data
group = www-data
listen = /run/php/${socket}.sock
listen.owner = www-data
listen.group = www-data
listen.mode = 0600
listen.backlog = ${backlog}
${lines.join("\n")}
catch_workers_output = yes
clear_env = yes
security.limit_extensions = .php
`;

export function phpPools(flavor: Flavor): string {
  const { shop, queue, pictures, health } = poolSizes(flavor);
  return [
    pool("ecommerce", "ecommerce", queue, [
      "pm = dynamic",
      `pm.max_children = ${shop}`,
      `pm.start_servers = ${Math.max(1, Math.floor(shop / 4))}`,
      `pm.min_spare_servers = ${Math.max(1, Math.floor(shop / 4))}`,
      `pm.max_spare_servers = ${Math.max(1, Math.floor(shop / 2))}`,
      "pm.max_requests = 1000",
      "request_terminate_timeout = 90s",
      "; For health checks: the status by a process of its own, which answers when all workers are busy.",
      "pm.status_path = /fpm-status",
      "pm.status_listen = /run/php/ecommerce-status.sock",
      "ping.path = /fpm-ping",
    ]),
    pool("ecommerce-pictures", "ecommerce-pictures", 128, [
      "; Pages come first.",
      "process.priority = 5",
      "pm = ondemand",
      `pm.max_children = ${pictures}`,
      "pm.process_idle_timeout = 30s",
      "pm.max_requests = 500",
      "request_terminate_timeout = 30s",
      `php_admin_value[memory_limit] = ${clamp(flavor.ram / 8, 96, 256)}M`,
    ]),
    pool("ecommerce-health", "ecommerce-health", 16, [
      "process.priority = -5",
      "pm = static",
      `pm.max_children = ${health}`,
      "pm.max_requests = 10000",
      "request_terminate_timeout = 20s",
      "; A database that accepts and then keeps silent.",
      "php_admin_value[mysqlnd.net_read_timeout] = 2",
    ]),
  ].join("\n");
}
