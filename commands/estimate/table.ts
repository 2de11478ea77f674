/** An estimate as text. */
import type { Range } from "../../components/features/feature";
import { hourly, type Line, monthly, TIER_KEYS } from "./estimate";

const HEAD = ["", "", "number", "an hour", "a month"];
const HOUR_DIGITS = 4;
const MONTH_DIGITS = 2;

/** `2–4`, or one number where both ends are the same. */
function range({ least, most }: Range, digits: number): string {
  const [from, to] = [least.toFixed(digits), most.toFixed(digits)];
  return from === to ? from : `${from}–${to}`;
}

const costs = (lines: readonly Line[]) => {
  const cost = hourly(lines);
  return [range(cost, HOUR_DIGITS), range(monthly(cost), MONTH_DIGITS)];
};

/** One line a part, one a tier, one for all. */
export function table(lines: readonly Line[]): string {
  const tiers = TIER_KEYS.flatMap((tier) => {
    const own = lines.filter((line) => line.tier === tier);
    const parts = own.map((line, index) => [
      index === 0 ? tier : "",
      line.what,
      range(line.number, 0),
      ...costs([line]),
    ]);
    return [...parts, ["", "together", "", ...costs(own)]];
  });
  return aligned([HEAD, ...tiers, ["total", "", "", ...costs(lines)]]);
}

/** Text to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const cell = (text: string, column: number) =>
    column < 2 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}
