/** Mocha's spec reporter, which also keeps each test file's counts in the file named by the option `output`. */
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class Totals extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const files = {};
    const count = (what) => (test) => {
      // What belongs to no file is what all of them share.
      const file = test.file ?? "";
      files[file] ??= { passes: 0, failures: 0, pending: 0 };
      files[file][what] += 1;
    };
    runner.on("pass", count("passes")).on("fail", count("failures")).on("pending", count("pending"));
    runner.once("end", () => writeFileSync(options.reporterOption.output, JSON.stringify(files)));
  }
};
