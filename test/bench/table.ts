/** Medians, ratios, and the table that shows them. */
import type { Result } from "./load";
import type { Visitors } from "./visitors";

export interface Row {
  readonly visitors: Visitors;
  readonly page: string;
  readonly ours: Result;
  readonly seed: Result;
  /** How many times as many requests, as the median of the rounds' own ratios. */
  readonly faster: number;
  /** Our p95 as a part of theirs, and our time of processor for a request, likewise. */
  readonly p95: number;
  readonly processor: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = 0, high = 0] = sorted.slice(sorted.length % 2 === 0 ? middle - 1 : middle);
  return sorted.length % 2 === 0 ? (low + high) / 2 : low;
}

const medianOf = (results: readonly Result[]): Result => ({
  requests: median(results.map(({ requests }) => requests)),
  p95: median(results.map(({ p95 }) => p95)),
  processor: median(results.map(({ processor }) => processor)),
});

export function rowOf(visitors: Visitors, page: string, ours: readonly Result[], seed: readonly Result[]): Row {
  // Of rounds that stood side by side, so that what else the machine did counts for both.
  const ratio = (key: keyof Result) => median(ours.map((one, round) => one[key] / (seed[round]?.[key] ?? Number.NaN)));
  return {
    visitors,
    page,
    ours: medianOf(ours),
    seed: medianOf(seed),
    faster: ratio("requests"),
    p95: ratio("p95"),
    processor: ratio("processor"),
  };
}

const COLUMNS = [
  "visitors",
  "page",
  "ours/s",
  "seed/s",
  "times",
  "ours p95",
  "seed p95",
  "part",
  "ours ms",
  "seed ms",
  "part",
];
const number = (value: number) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

export function table(rows: readonly Row[], withHead: boolean): string {
  const lines = rows.map(({ visitors, page, ours, seed, faster, p95, processor }) => [
    visitors,
    page,
    ...[ours.requests, seed.requests, faster, ours.p95, seed.p95, p95].map(number),
    ...[ours.processor, seed.processor, processor].map(number),
  ]);
  const pad = (cells: readonly string[]) =>
    cells.map((cell, column) => (column < 2 ? cell.padEnd(11) : cell.padStart(9))).join(" ");
  return [...(withHead ? [COLUMNS] : []), ...lines].map(pad).join("\n");
}
