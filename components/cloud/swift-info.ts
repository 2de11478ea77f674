/** What a Swift can do, as it tells everybody without a token. */
import type { Send } from "./transport";

const TIMEOUT_MS = 30_000;

/** Of a cloud without them, for the doctor and for `up`. */
export const NO_VERSIONS =
  "needs a Swift that keeps versions of objects (`object_versioning` in its /info; Ceph's has none): take it away";

/**
 * @param storageUrl the project's account, e.g. `https://swift.example.com/v1/AUTH_0123abcd`
 * @returns undefined where Swift does not tell, which its operator may choose
 */
export async function hasObjectVersioning(storageUrl: string, send: Send): Promise<boolean | undefined> {
  const { origin, pathname } = new URL(storageUrl);
  const url = `${origin}${pathname.replace(/\/(v1(\/.*)?)?$/, "")}/info`;
  try {
    const answer = await send(url, { method: "GET", signal: AbortSignal.timeout(TIMEOUT_MS) });
    const told: unknown = answer.ok ? await answer.json() : undefined;
    return typeof told === "object" && told !== null ? "object_versioning" in told : undefined;
  } catch {
    return undefined;
  }
}
