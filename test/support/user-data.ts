/** User data as a server reads it: Nova's base64 is off, and cloud-init unpacks the rest. */
import { gunzipSync } from "node:zlib";

/** @param text of `renderUserData` @returns what the metadata service hands out */
export function servedUserData(text: string): Buffer {
  return isPlain(text) ? Buffer.from(text) : Buffer.from(text, "base64");
}

/** @param text of `renderUserData` @returns the `#cloud-config` document */
export function userDataDocument(text: string): string {
  return isPlain(text) ? text : gunzipSync(servedUserData(text)).toString();
}

const isPlain = (text: string) => text.startsWith("#");
