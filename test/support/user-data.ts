/** User data as a server reads it: Nova's base64 is off, and cloud-init unpacks the rest. */

/** @param text of `renderUserData` @returns what the metadata service hands out */
export function servedUserData(text: string): Buffer {
  return text.startsWith("#") ? Buffer.from(text) : Buffer.from(text, "base64");
}
