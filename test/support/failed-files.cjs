/** Prints the test files of a suite, whose counts `totals.cjs` kept, in which something failed. */
const { readFileSync } = require("node:fs");

const files = JSON.parse(readFileSync(process.argv[2], "utf8"));
for (const [file, { failures }] of Object.entries(files)) if (file !== "" && failures.length > 0) console.log(file);
