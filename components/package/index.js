// What the engine starts, wherever the program that uses the package lies. Its loader is found from here.
require("../../toolchain/typescript.cjs");
require("./serve.ts");
