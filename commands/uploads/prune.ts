/** Deletes versions that no second within the last days needs. Swift itself deletes none: not with `X-Delete-After` either. */
import { type CloudApi, unlessMissing } from "../../components/cloud/api";
import { type History, objectPath, type Version } from "./versions";

/** The servers' signs below names with a dot end after an hour. Swift keeps their versions all the same. */
const SIGNS_MS = 2 * 3_600_000;

/**
 * @param until milliseconds since 1970: each second from then on can still be brought back
 * @param now milliseconds since 1970
 * @returns the oldest first, so that a deletion goes after what it deleted; never what the object is now
 */
export function outdated({ name, versions, current }: History, until: number, now: number): Version[] {
  const before = name.startsWith(".") ? now - SIGNS_MS : until;
  return versions
    .filter((version, index) => version !== current && endOf(version, versions[index - 1]) < before)
    .reverse();
}

/** When a version stopped to be the object. The newest one, where it is not current, never was it, or says that it is deleted. */
const endOf = (version: Version, following: Version | undefined) => following?.time ?? version.time;

/** One after the other: a deletion that went before what it deleted would bring it back. */
export async function forget(
  api: Pick<CloudApi, "call">,
  container: string,
  name: string,
  versions: readonly Version[],
): Promise<void> {
  for (const { id } of versions) {
    await unlessMissing(() => api.call("object-store", objectPath(container, name, id), "DELETE"));
  }
}
