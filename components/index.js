// What the engine starts, wherever the program that uses the package lies. tsx as the program's own, found from here.
require("tsx/cjs");
require("./package/serve.ts");
