/**
 * Adds up what the suites counted, as `N passed, N failed, N skipped`. Files of a second attempt, `NAME-again.json`, count as
 * they ended there; how many failed before is said as well. Ends with 1 when a suite failed, or had nothing to run.
 */
const { existsSync, readdirSync, readFileSync } = require("node:fs");
const path = require("node:path");

const folder = process.argv[2];
const read = (name) => JSON.parse(readFileSync(path.join(folder, name), "utf8"));
const failuresIn = (files) => Object.values(files).reduce((total, { failures }) => total + failures, 0);
let recovered = 0;
const suites = readdirSync(folder)
  .filter((name) => !name.endsWith("-again.json"))
  .map((name) => {
    const first = read(name);
    const again = name.replace(/\.json$/, "-again.json");
    if (!existsSync(path.join(folder, again))) return first;
    const { "": _shared, ...others } = first;
    const ended = { ...others, ...read(again) };
    recovered += failuresIn(first) - failuresIn(ended);
    return ended;
  });
const counts = suites.flatMap((files) => Object.values(files));
const sum = (key) => counts.reduce((total, file) => total + file[key], 0);
const second = recovered > 0 ? `, ${recovered} only at the second attempt` : "";
console.log(`${sum("passes")} passed${second}, ${sum("failures")} failed, ${sum("pending")} skipped`);
process.exit(sum("failures") === 0 && suites.every((files) => Object.keys(files).length > 0) ? 0 : 1);
