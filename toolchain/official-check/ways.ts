/** Two toolchains that do the same: the one that is built from source, and Pulumi's own downloads. */
import path from "node:path";
import { builtToolchain, type ToolchainEnv } from "../ensure";
import { ENGINE_VERSION } from "../parts";
import { CACHE } from "../paths";

export interface Way {
  /** As messages name it. */
  readonly name: string;
  /** All variables in which one differs from another: what one sets, the other sets too. */
  readonly env: ToolchainEnv;
}

const ORIGINAL_PATH = process.env.PATH ?? "";

/** With the same version of the OpenStack provider as the official plugin has. */
export const builtWay = async (): Promise<Way> => ({
  name: "the built toolchain",
  env: { ...(await builtToolchain("official")), PATH: ORIGINAL_PATH },
});

/** Its downloads are in a folder of their own, so that none that was there before is taken for one of them. */
export const officialWay = (home = path.join(CACHE, "toolchain", `official-${ENGINE_VERSION}`)): Way => ({
  name: "the official toolchain",
  env: {
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_HOME: home,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "false",
    PATH: ORIGINAL_PATH,
  },
});
