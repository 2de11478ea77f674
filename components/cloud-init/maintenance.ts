/** When servers install security updates, and restart what those change: in a window, and not all of a store at once. */
import { DAY_MINUTES, type Maintenance, parseWindow } from "../core/maintenance";
import type { ServerFile } from "./document";

/** Between two servers; longer than the updates of a day take. */
const TURN = 10;
/** Roles take turns, so that two of one tier are as far apart as the window lets them be. */
const ROLES = ["web", "services", "database", "keeper", "balancer"];

/** A server's turn, in minutes after the window's start. @param number counts from 1 within its group */
export function turnOf({ minutes }: Maintenance, role: string, number: number): number {
  const turns = Math.max(1, Math.floor(minutes / TURN));
  const place = Math.max(0, ROLES.indexOf(role)) + (number - 1) * ROLES.length;
  return (place % turns) * TURN;
}

const clock = (minutes: number) => {
  const [hour, minute] = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0"));
  return `${hour}:${minute}:00`;
};

/** systemd.timer(5). A day that a server has missed is left out, rather than made up for at the next boot. */
const timer = (name: string, at: number, spread: number): ServerFile => ({
  path: `/etc/systemd/system/${name}.timer.d/ecommerce.conf`,
  content: `[Timer]
OnCalendar=
OnCalendar=*-*-* ${clock((at + DAY_MINUTES) % DAY_MINUTES)} UTC
RandomizedDelaySec=${spread}min
FixedRandomDelay=true
Persistent=false
`,
});

/**
 * @param text e.g. `02:00-04:00`; none: the distribution's own time
 * @param hostname ends with the server's number; none: Heat names it, and its turn is a time of its own within the window
 */
export function maintenanceFiles(text: string | undefined, role: string, hostname: string | undefined): ServerFile[] {
  const window = parseWindow(text ?? "");
  if (!window) return [];
  const [, number] = /-(\d+)$/.exec(hostname ?? "") ?? [];
  const at = window.start + (number ? turnOf(window, role, Number(number)) : 0);
  const spread = number ? 0 : Math.max(0, window.minutes - TURN);
  return [
    // The lists of what there is come an hour before.
    timer("apt-daily", at - 60, spread),
    timer("apt-daily-upgrade", at, spread),
  ];
}
