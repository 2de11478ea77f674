/** Mocha's spec reporter, which also keeps the counts in the file named by the option `output`. */
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class Totals extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(options.reporterOption.output, JSON.stringify({ passes, failures, pending }));
    });
  }
};
