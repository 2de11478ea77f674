/** What a rule over several keys is made of. */
import type { z } from "zod";
import type { StoreConfig, storeSchema } from "./schema";
import type { Given, Sound } from "./sound";

/** One mistake: where it is, what stands there, what is allowed. */
export interface Mistake {
  /** Dotted path below the project's namespace, e.g. `network.web.cidr`. */
  readonly key: string;
  readonly value: unknown;
  readonly problem: string;
}

/** What is sound by itself, with defaults: one wrong key never hides another. */
export type SoundStore = Sound<StoreConfig>;
/** What the stack file says, word for word. */
export type GivenStore = Given<z.input<typeof storeSchema>>;

/** A rule over several keys of the store's stack file. */
export type Rule = (sound: SoundStore, given: GivenStore) => Mistake[];
