/** Which extensions the cloud's Neutron has. */
import { z } from "zod";
import type { StoreConfig } from "../config/schema";
import { type ExtensionNeed, extensionNeeds } from "../features/extension-needs";
import type { CloudApi } from "./api";

const listSchema = z.object({ extensions: z.array(z.object({ alias: z.string() })) });

/** @returns those that the store needs and Neutron does not list */
export async function missingExtensions(api: Pick<CloudApi, "call">, config: StoreConfig): Promise<ExtensionNeed[]> {
  const { extensions } = listSchema.parse(await api.call("network", "/v2.0/extensions"));
  const there = new Set(extensions.map(({ alias }) => alias));
  return extensionNeeds(config).filter(({ alias }) => !there.has(alias));
}

export const inWords = ({ alias, otherwise }: ExtensionNeed) => `Neutron lacks the extension ${alias}: ${otherwise}`;
