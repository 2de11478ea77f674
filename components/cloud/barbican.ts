/** Where Barbican keeps the parts of a certificate. */
import { z } from "zod";
import type { CloudApi } from "./api";

const containerSchema = z.object({
  type: z.string(),
  secret_refs: z.array(z.object({ name: z.string(), secret_ref: z.string() })),
});

/** @returns its type, and references of its secrets */
export async function readContainer(api: Pick<CloudApi, "call">, id: string) {
  return containerSchema.parse(await api.call("key-manager", `/v1/containers/${id}`));
}

/** @returns the path of a secret, whichever address its reference has */
export const secretPath = (ref: string) => `/v1/secrets/${ref.replace(/\/$/, "").split("/").at(-1)}`;
