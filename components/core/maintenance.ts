/** The time of the day in which servers may restart what they serve with. */

export interface Maintenance {
  /** Minutes after midnight, UTC. */
  readonly start: number;
  readonly minutes: number;
}

export const DAY_MINUTES = 24 * 60;

const WINDOW = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/;

/** @param text e.g. `02:00-04:00`, past midnight too @returns none: it is no window */
export function parseWindow(text: string): Maintenance | undefined {
  const [, ...parts] = WINDOW.exec(text) ?? [];
  const [hour, minute, lastHour, lastMinute] = parts.map(Number);
  if (hour === undefined || minute === undefined || lastHour === undefined || lastMinute === undefined)
    return undefined;
  const start = hour * 60 + minute;
  return { start, minutes: (lastHour * 60 + lastMinute - start + DAY_MINUTES) % DAY_MINUTES };
}
