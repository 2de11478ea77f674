// Pulumi loads policy packs through ts-node, which checks the types of every SDK first. Ours, registered after it, does not.
require("../toolchain/typescript.cjs");
require("./pack.ts");
