/** User data as a server reads it: Nova's base64 is off, and cloud-init unpacks the rest. */
import { gunzipSync } from "node:zlib";
import { PACKED_TEXT_HEAD } from "../../components/cloud-init/document";

/** @param text of `renderUserData` @returns what the metadata service hands out */
export function servedUserData(text: string): Buffer {
  return isText(text) ? Buffer.from(text) : Buffer.from(text, "base64");
}

/** @param text of `renderUserData` @returns the `#cloud-config` document */
export function userDataDocument(text: string): string {
  if (text.startsWith("#")) return text;
  const packed = text.startsWith(PACKED_TEXT_HEAD) ? text.slice(PACKED_TEXT_HEAD.length) : text;
  return gunzipSync(Buffer.from(packed, "base64")).toString();
}

const isText = (text: string) => text.startsWith("#") || text.startsWith(PACKED_TEXT_HEAD);
