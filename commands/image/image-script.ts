/** The build script of a role's golden image. */
import { renderImageScript } from "../../components/cloud-init/role";
import type { StoreConfig } from "../../components/config/schema";
import { imageRoles } from "../../components/features/index";

/** @returns the names of the roles that images are made of */
export function roleNames(config: StoreConfig): string[] {
  return imageRoles(config).map(({ name }) => name);
}

/**
 * @returns a script that turns a fresh machine of the distribution into the role's image; it holds no secret
 * @throws Error naming the roles that there are
 */
export function imageScript(role: string, config: StoreConfig): string {
  const found = imageRoles(config).find(({ name }) => name === role);
  if (!found) throw new Error(`there is no role "${role}"; there are ${roleNames(config).join(", ")}`);
  return renderImageScript(found, config.boot);
}
