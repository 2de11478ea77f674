/** Adds up what the suites counted, as `N passed, N failed, N skipped`. Ends with 1 when a suite failed, or had nothing to run. */
const { readdirSync, readFileSync } = require("node:fs");
const path = require("node:path");

const folder = process.argv[2];
const suites = readdirSync(folder).map((file) => JSON.parse(readFileSync(path.join(folder, file), "utf8")));
const sum = (key) => suites.reduce((total, suite) => total + suite[key], 0);
console.log(`${sum("passes")} passed, ${sum("failures")} failed, ${sum("pending")} skipped`);
process.exit(sum("failures") === 0 && suites.every((suite) => suite.passes + suite.pending > 0) ? 0 : 1);
