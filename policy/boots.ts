/** What servers boot with: their own user data, or the one that their elastic group hands out. */
import { isGzip, unpacked } from "../components/cloud-init/packed";
import { isKind, type Seen, tierOf, UNKNOWN } from "./resources";
import { elasticGroups } from "./rules/heat-template";

export interface Boot {
  readonly tier: string | undefined;
  /** Plain, also where it is sent packed; empty while a preview cannot know it, or shows its hash only. */
  readonly text: string;
}

/** What the provider keeps of a server's user data in its plan: SHA-1. Rules over the whole store see no more of it. */
const HASHED = /^[0-9a-f]{40}$/;

function plain(userData: unknown): string {
  if (typeof userData !== "string" || userData === UNKNOWN || HASHED.test(userData)) return "";
  return unpacked(whole(userData));
}

/** The provider takes what is base64 as a whole for user data that is encoded already, with line breaks too. */
function whole(userData: string): string {
  const bare = userData.replace(/[\r\n]/g, "");
  if (bare.length % 4 > 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(bare)) return userData;
  const bytes = Buffer.from(bare, "base64");
  // `unpacked` takes that as base64.
  return isGzip(bytes) ? bare : bytes.toString();
}

/** @returns nothing for what boots nothing */
export function bootsOf(resource: Seen): Boot[] {
  if (isKind(resource, "openstack:compute/instance:Instance")) {
    return [{ tier: tierOf(resource), text: plain(resource.props.userData) }];
  }
  return elasticGroups([resource]).map(({ tier, environment }) => ({ tier, text: plain(userDataIn(environment)) }));
}

/** `parameter_defaults.user_data` of a group's environment. */
function userDataIn(environment: unknown): unknown {
  const { parameter_defaults: defaults }: { parameter_defaults?: unknown } = Object(environment);
  const { user_data: userData }: { user_data?: unknown } = Object(defaults);
  return userData;
}
