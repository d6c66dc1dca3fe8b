// Standard-JSON compiler input on standard input, its output on standard output.
// usage: node compile.mjs MODULES   (a node_modules folder that holds solc)
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const require = createRequire(resolve(process.argv[2]) + "/");
const solc = require("solc");
process.stdout.write(solc.compile(readFileSync(0, "utf8")));
