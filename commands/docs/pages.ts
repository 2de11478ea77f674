/** The pages below `docs/` that `npm run docs` writes. */
import path from "node:path";
import { documentation } from "../../policy/docs";
import { configurationPage } from "./configuration";
import { outputsPage } from "./outputs";

const page = (name: string) => path.join(__dirname, "../../docs", name);

export const PAGES: readonly { readonly file: string; readonly text: () => string }[] = [
  { file: page("configuration.md"), text: configurationPage },
  { file: page("outputs.md"), text: outputsPage },
  { file: page("policies.md"), text: documentation },
];
