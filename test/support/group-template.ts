/** Templates of elastic groups, as the program makes them of a configuration. */
import assert from "node:assert/strict";
import { validate } from "../../components/config/validate";
import { type GroupTemplateArgs, groupTemplate } from "../../components/scaling/template";
import { SMALLEST } from "./stack-files";

export interface Variation extends Partial<Pick<GroupTemplateArgs, "imageId" | "rootDisk" | "zone" | "ports">> {
  readonly scaling?: Readonly<Record<string, unknown>>;
  readonly telemetry?: Readonly<Record<string, unknown>>;
  readonly vcpus?: number;
  /** In the metadata of the group's servers. */
  readonly tier?: string;
}

/** @throws Error when the configuration is refused */
export function template({ scaling, telemetry = {}, vcpus = 1, tier, ...others }: Variation = {}) {
  const config = validate("ecommerce", {
    ...SMALLEST,
    web: { ...SMALLEST.web, scaling: { mode: "auto", ...scaling } },
    telemetry,
  });
  assert.ok(config.web.scaling.mode === "auto");
  return groupTemplate({
    name: "ecommerce-dev-web",
    scaling: config.web.scaling,
    telemetry: config.telemetry,
    flavor: { name: "m1.small", vcpus },
    imageId: "image-id",
    rootDisk: 0,
    zone: "",
    keyPair: "",
    ports: { pool: 80 },
    metadata: { project: "ecommerce", ...(tier ? { tier } : {}) },
    tags: ["ecommerce"],
    nestedSha256: "sha",
    ...others,
  });
}
