/** Servers that cannot say on a console that they are ready: their image has none, or the cloud shows none. */
import type { ServerReport } from "./servers";

/** Seconds for which a running server may leave its console empty: firmware and kernel write there within a few. */
const PATIENCE = 180;

export class MuteConsoles {
  private readonly since = new Map<string, number>();

  /** @param seconds default 180 */
  constructor(private readonly seconds = PATIENCE) {}

  /** @param id of the server @returns why its console will say nothing; nothing where it speaks, or may yet */
  why(id: string, { mute }: Pick<ServerReport, "mute">): string | undefined {
    if (!mute) {
      this.since.delete(id);
      return undefined;
    }
    const since = this.since.get(id) ?? Date.now();
    this.since.set(id, since);
    return mute.forGood || Date.now() - since >= this.seconds * 1000 ? mute.why : undefined;
  }
}
