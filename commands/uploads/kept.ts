/** Which seconds of the uploads a stack keeps. */
import type { ConfigMap } from "@pulumi/pulumi/automation";
import { z } from "zod";
import { mediaSchema, versionsOf } from "../../components/config/shop-schema";
import { DAY_MS, secondOf } from "../../components/core/time";
import { PROJECT } from "../stack/stack-file";

const sectionSchema = z.object({ media: mediaSchema.optional() });

/** @returns the first one, in milliseconds since 1970 @throws Error when the stack file asks for no versions */
export function firstKept(stackName: string, config: ConfigMap, now: number): number {
  const { media } = sectionSchema.parse(JSON.parse(config[`${PROJECT}:shop`]?.value ?? "{}"));
  const versions = media && versionsOf(media);
  if (versions) return now - versions.days * DAY_MS;
  throw new Error(`stack ${stackName} keeps no versions of uploads: \`shop.media.versions: {}\` switches them on`);
}

/** @throws Error unless the time can be brought back; all times in milliseconds since 1970 */
export function requireKept(at: number, first: number, now: number): void {
  if (at <= now && at >= first) return;
  throw new Error(
    `the time must lie between ${secondOf(first)} and now: shop.media.versions.days says so; nothing was changed`,
  );
}
