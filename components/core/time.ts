export const DAY_MS = 86_400_000;

/** @param time milliseconds since 1970. @returns its second in UTC, e.g. `2026-11-27T10:15:00Z` */
export const secondOf = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;
