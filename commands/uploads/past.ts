/** Brings a container's objects back as they were at a minute of the past. What was there until now stays among the versions. */
import { type CloudApi, unlessMissing } from "../../components/cloud/api";
import { type History, histories, objectPath, type Version } from "./versions";

/** What makes one object what it was. */
export type Step =
  | { readonly kind: "put back"; readonly name: string; readonly version: Version }
  | { readonly kind: "take away"; readonly name: string };

/**
 * @param at milliseconds since 1970; what was written in this very second or later was not there yet
 * @returns nothing where the object is what it was
 */
export function stepTo(at: number, { name, versions, current }: History): Step | undefined {
  // A newer version than the current one was never seen: another server was first, and Swift refused this one.
  const then = current && current.time < at ? current : versions.find(({ time }) => time < at);
  if (then === undefined || then.isDeletion) return current && { kind: "take away", name };
  const isSame = current && current.hash === then.hash && current.bytes === then.bytes;
  return isSame ? undefined : { kind: "put back", name, version: then };
}

/** The servers' own signs, which Swift deletes after an hour, are nothing to bring back. */
const isUpload = ({ name }: { name: string }) => !name.startsWith(".");

export async function* stepsTo(at: number, api: Pick<CloudApi, "text">, container: string): AsyncGenerator<Step> {
  for await (const one of histories(api, container)) {
    const step = isUpload(one) ? stepTo(at, one) : undefined;
    if (step) yield step;
  }
}

/** Swift copies the version over the object, so that this too is a version of its own, and no bytes come here. */
export async function take(api: Pick<CloudApi, "call" | "copy">, container: string, step: Step): Promise<void> {
  const { kind, name } = step;
  switch (kind) {
    case "put back":
      await api.copy(objectPath(container, name, step.version.id), objectPath(container, name).slice(1));
      return;
    case "take away":
      await unlessMissing(() => api.call("object-store", objectPath(container, name), "DELETE"));
      return;
    default:
      kind satisfies never;
  }
}
