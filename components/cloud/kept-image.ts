/** A server that owns data keeps its image, until a person names another one: a newer one may have another database. */
import { z } from "zod";
import { type CloudApi, unlessMissing } from "./api";
import type { ExistingServer } from "./existing-servers";

const imageSchema = z.object({ id: z.string(), name: z.string().nullable(), status: z.string() });

/**
 * @param server its name
 * @param wanted name of the image in the stack file
 * @returns id of the image that the server was made from, if that still has this name; none: the newest one is right
 */
export async function keptImage(
  api: Pick<CloudApi, "call">,
  servers: readonly ExistingServer[],
  server: string,
  wanted: string,
): Promise<string | undefined> {
  const id = servers.find(({ name }) => name === server)?.imageId;
  if (!id) return undefined;
  // Clouds delete images that they have replaced.
  const image = await unlessMissing(async () => imageSchema.parse(await api.call("image", `/v2/images/${id}`)));
  return image?.name === wanted && image.status === "active" ? id : undefined;
}
