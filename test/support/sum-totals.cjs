/**
 * Says once more what failed, then adds up what the suites counted, as `N passed, N failed, N skipped`. Files of a second
 * attempt, `NAME-again.json`, count as they ended there; how many failed before is said as well, and which files took
 * longest. Ends with 1 when a suite failed, or had nothing to run.
 */
const { existsSync, readdirSync, readFileSync } = require("node:fs");
const path = require("node:path");

const MESSAGE_LINES = 12;
const LONGEST = 24;

const folder = process.argv[2];
const read = (name) => JSON.parse(readFileSync(path.join(folder, name), "utf8"));
const failuresIn = (files) => Object.values(files).flatMap(({ failures }) => failures);
const recovered = [];
const suites = readdirSync(folder)
  .filter((name) => !name.endsWith("-again.json"))
  .map((name) => {
    const first = read(name);
    const again = name.replace(/\.json$/, "-again.json");
    if (!existsSync(path.join(folder, again))) return first;
    const { "": _shared, ...others } = first;
    const ended = { ...others, ...read(again) };
    const still = new Set(failuresIn(ended).map(titleOf));
    recovered.push(...failuresIn(first).filter((failure) => !still.has(titleOf(failure))));
    return ended;
  });
const longest = suites
  .flatMap((files) => Object.entries(files))
  .sort(([, one], [, other]) => other.seconds - one.seconds)
  .slice(0, LONGEST)
  .map(([file, { seconds }]) => `${path.relative("test", file)} ${Math.round(seconds)} s`);
console.log(`longest: ${longest.join(", ")}\n`);
const counts = suites.flatMap((files) => Object.values(files));
const failed = counts.flatMap(({ failures }) => failures);
tell("failed at the first attempt", recovered);
tell("failed", failed);
const sum = (key) => counts.reduce((total, file) => total + file[key], 0);
const second = recovered.length > 0 ? `, ${recovered.length} only at the second attempt` : "";
console.log(`${sum("passes")} passed${second}, ${failed.length} failed, ${sum("pending")} skipped`);
process.exit(failed.length === 0 && suites.every((files) => Object.keys(files).length > 0) ? 0 : 1);

function titleOf(failure) {
  return failure.split("\n")[0];
}

function tell(what, failures) {
  for (const failure of failures) console.log(`${what}: ${failure.split("\n").slice(0, MESSAGE_LINES).join("\n  ")}\n`);
}
