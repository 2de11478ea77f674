/** `npm run docs`: writes every page that is made from code. */
import { writeFileSync } from "node:fs";
import { PAGES } from "./pages";

for (const { file, text } of PAGES) writeFileSync(file, text());
