/** What a server says of its own boot: the lines that `cloud-init/scripts/common.sh` writes to its console. */

export interface BootReport {
  /** silent: no line of ours yet; booting: at a step; ready and failed: as the server itself says. */
  readonly state: "silent" | "booting" | "ready" | "failed";
  /** The last step that began; empty while silent. */
  readonly step: string;
  /** What it said last before it failed, which is the reason where the step knows one; empty otherwise. */
  readonly reason: string;
  /** Seconds of its boot at the last line. */
  readonly seconds: number;
}

const LINE = /ecommerce: \[(\d+) s\] ([^\r\n]*)/g;
const READY = /^\w+ is ready$/;
const FAILED = /^\w+ FAILED while (.*)$/;

/** @param console text of the console, of any length; what others write there is passed over */
export function bootReport(console: string): BootReport {
  let report: BootReport = { state: "silent", step: "", reason: "", seconds: 0 };
  // Cloud-init repeats every line a moment later, so an old step may stand behind a new state.
  const seen = new Set<string>();
  for (const [line, seconds, said = ""] of console.matchAll(LINE)) {
    if (seen.has(line)) continue;
    seen.add(line);
    report = { ...next(report, said.trim()), seconds: Number(seconds) };
  }
  return report;
}

function next(before: BootReport, said: string): BootReport {
  if (READY.test(said)) return { ...before, state: "ready", reason: "" };
  const step = FAILED.exec(said)?.[1];
  if (step === undefined) return { ...before, state: "booting", step: said, reason: "" };
  return { ...before, state: "failed", step, reason: before.step === step ? "" : before.step };
}
