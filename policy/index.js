// Pulumi loads policy packs through ts-node, which checks the types of every SDK first. tsx, registered after it, does not.
require("tsx/cjs");
require("./pack.ts");
