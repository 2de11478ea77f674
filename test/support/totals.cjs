/** Mocha's spec reporter, which also keeps each test file's counts, failures and seconds in the file named by the option `output`. */
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class Totals extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const files = {};
    // What belongs to no file is what all of them share.
    const counts = (test) => {
      const file = test.file ?? "";
      files[file] ??= { passes: 0, failures: [], pending: 0, seconds: 0 };
      return files[file];
    };
    const timed = (runnable) => {
      counts(runnable).seconds += (runnable.duration ?? 0) / 1000;
    };
    runner
      .on("test end", timed)
      .on("hook end", timed)
      .on("pass", (test) => {
        counts(test).passes += 1;
      })
      .on("pending", (test) => {
        counts(test).pending += 1;
      })
      .on("fail", (test, error) => counts(test).failures.push(`${test.fullTitle()}\n${error?.message ?? error}`));
    runner.once("end", () => writeFileSync(options.reporterOption.output, JSON.stringify(files)));
  }
};
