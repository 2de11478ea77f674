/** A browser to look at a store with: Debian's Chromium, driven by Playwright. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { run } from "../../toolchain/run";

const PROGRAM = "/usr/bin/chromium";

/**
 * Starts Chromium, and installs it first where it is missing.
 * @throws Error saying why there can be no browser here
 */
export async function openBrowser(): Promise<Browser> {
  if (!existsSync(PROGRAM)) await install();
  // Chromium's own sandbox refuses to start for root, and all that is visited is our own.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: PROGRAM, args });
}

async function install(): Promise<void> {
  const remediation = "install Debian's package chromium";
  if (process.getuid?.() !== 0)
    throw new Error(`there is no ${PROGRAM}, and only root could install it: ${remediation}`);
  const apt = (...args: string[]) =>
    run("apt-get", ["-q", "-o", "DPkg::Lock::Timeout=300", ...args], {
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdin: "ignore",
      stdout: "ignore",
    });
  try {
    await apt("update");
    await apt("install", "-y", "--no-install-recommends", "chromium");
  } catch (cause) {
    throw new Error(`there is no ${PROGRAM}, and apt-get could not install it (${firstLine(cause)}): ${remediation}`);
  }
  if (!existsSync(PROGRAM))
    throw new Error(`the package chromium of this distribution has no ${PROGRAM}: ${remediation}`);
}

const firstLine = (cause: unknown) => String(cause instanceof Error ? cause.message : cause).split("\n")[0];
