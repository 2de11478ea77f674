/** What a policy pack says of a preview. */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { PreviewOptions } from "@pulumi/pulumi/automation";
import { ROOT } from "../../toolchain/paths";

export const PACK = path.join(ROOT, "policy");

export interface Violation {
  readonly policyName: string;
  readonly message: string;
  readonly enforcementLevel: string;
}

/**
 * Runs a preview, whether policies let it pass or not.
 * @param config a file of the pack's configuration
 * @throws Error when it fails, though policies found nothing
 */
export async function violations(preview: (opts: PreviewOptions) => Promise<unknown>, config?: string) {
  const found: Violation[] = [];
  const failed = await preview({
    policyPacks: [PACK],
    ...(config ? { policyPackConfigs: [path.resolve(PACK, config)] } : {}),
    onEvent: ({ policyEvent }) => {
      if (policyEvent) found.push(policyEvent);
    },
  }).then(
    () => false,
    (cause: Error) => {
      if (found.length === 0) throw cause;
      return true;
    },
  );
  return { found, failed };
}

/** A configuration of the pack for one test. @returns its file */
export async function packConfigFile(config: object): Promise<string> {
  const file = path.join(await mkdtemp(path.join(tmpdir(), "ecommerce-pack-")), "config.json");
  await writeFile(file, JSON.stringify(config));
  return file;
}
