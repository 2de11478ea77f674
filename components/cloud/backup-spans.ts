/** Which seconds a container of backups can bring back. The names of its objects say it, as the keeper writes them. */

/** From the first second to the last one, in milliseconds since 1970. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

interface Base {
  readonly timeline: string;
  readonly at: number;
  readonly file: number;
  readonly position: number;
}

interface Piece {
  readonly start: number;
  readonly end: number;
  /** Of its newest event. */
  readonly time: number;
  readonly isWhole: boolean;
}

const BASE = /^([0-9a-f-]{36})\/base\/(\d{8}T\d{6}Z)-[^/]+\.(\d+)-(\d+)\/complete\.json$/;
const PIECE = /^([0-9a-f-]{36})\/log\/[^/]+\.(\d+)\/(\d+|whole)-(\d+)-(\d{8}T\d{6}Z)\.zst\.age$/;

const DRILL = /\/drills\/(\d{8}T\d{6}Z)-(good|bad)\.json$/;

/** A restore that the keeper tried. */
export interface Drill {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly isGood: boolean;
}

/** @param names of all objects */
export function lastDrill(names: readonly string[]): Drill | undefined {
  const drills = names.flatMap((name) => {
    const [, stamp, verdict] = DRILL.exec(name) ?? [];
    return stamp ? [{ at: timeOf(stamp), isGood: verdict === "good" }] : [];
  });
  return drills.sort((a, b) => a.at - b.at).at(-1);
}

export function drillText(drill: Drill | undefined): string {
  if (!drill) return "no restore was tried yet";
  return `the last drill, at ${written(drill.at)}, was ${drill.isGood ? "good" : "BAD: its report lies in the container"}`;
}

/** `20261127T101500Z` */
const timeOf = (stamp = "") =>
  Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

/** @param names of all objects @returns the spans of complete bases and of logs that follow them without a gap */
export function backupSpans(names: readonly string[]): Span[] {
  const bases: Base[] = [];
  const logs = new Map<string, Piece[]>();
  for (const name of names) {
    const [, timeline = "", stamp, file, position] = BASE.exec(name) ?? [];
    if (timeline) bases.push({ timeline, at: timeOf(stamp), file: Number(file), position: Number(position) });
    const [, of = "", number, start, end, time] = PIECE.exec(name) ?? [];
    if (!of) continue;
    const key = `${of} ${Number(number)}`;
    const piece = { start: Number(start) || 0, end: Number(end), time: timeOf(time), isWhole: start === "whole" };
    logs.set(key, [...(logs.get(key) ?? []), piece]);
  }
  const spans: { first: number; last: number }[] = [];
  for (const base of bases.sort((a, b) => a.at - b.at)) {
    const last = reachOf(base, logs);
    const before = spans.at(-1);
    if (last <= base.at) continue;
    if (before && base.at <= before.last) before.last = Math.max(before.last, last);
    else spans.push({ first: base.at + 1000, last });
  }
  return spans;
}

/** Time of the newest event that follows a base without a gap. */
function reachOf({ timeline, at, file, position }: Base, logs: ReadonlyMap<string, readonly Piece[]>): number {
  let reach = at;
  for (let number = file; ; number++) {
    const { end, time, isWhole } = coverOf(logs.get(`${timeline} ${number}`) ?? []);
    if (number === file && end < position) return reach;
    reach = Math.max(reach, time);
    if (!isWhole) return reach;
  }
}

/** What a file's pieces make up from its beginning; pieces may overlap. */
function coverOf(pieces: readonly Piece[]) {
  const whole = pieces.find(({ isWhole }) => isWhole);
  if (whole) return whole;
  let [end, time] = [0, 0];
  for (;;) {
    const from = end;
    const following = pieces.filter((piece) => piece.start <= from && from < piece.end);
    if (following.length === 0) return { end, time, isWhole: false };
    end = Math.max(...following.map((piece) => piece.end));
    time = Math.max(time, ...following.map((piece) => piece.time));
  }
}

const written = (time: number) => new Date(time).toISOString().replace(".000", "");

/** @param at milliseconds since 1970 */
export function isReachable(spans: readonly Span[], at: number): boolean {
  return spans.some(({ first, last }) => first <= at && at <= last);
}

/** The spans in words. */
export function spansText(spans: readonly Span[]): string {
  if (spans.length === 0) return "the container has no complete base with logs that follow it";
  return `reachable is ${spans.map(({ first, last }) => `${written(first)} to ${written(last)}`).join(" and ")}`;
}
