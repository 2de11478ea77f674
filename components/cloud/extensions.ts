/** Which extensions the cloud's Neutron has. */
import { z } from "zod";
import type { StoreConfig } from "../config/schema";
import { type ExtensionNeed, extensionNeeds } from "../features/extension-needs";
import type { CloudApi } from "./api";

const listSchema = z.object({ extensions: z.array(z.object({ alias: z.string() })) });

/** @returns their aliases */
export async function extensionsOf(api: Pick<CloudApi, "call">): Promise<ReadonlySet<string>> {
  const { extensions } = listSchema.parse(await api.call("network", "/v2.0/extensions"));
  return new Set(extensions.map(({ alias }) => alias));
}

/** @returns those that the store needs and Neutron does not list */
export const missingExtensions = (config: StoreConfig, there: ReadonlySet<string>): ExtensionNeed[] =>
  extensionNeeds(config).filter(({ alias }) => !there.has(alias));

export const inWords = ({ alias, otherwise }: ExtensionNeed) => `Neutron lacks the extension ${alias}: ${otherwise}`;
