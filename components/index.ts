/**
 * What other Pulumi programs in TypeScript build on: the store as a whole, its parts by themselves, and another stack's store.
 * `examples/` import from here alone.
 */

// A store, as the program itself makes it.

export { type Cloud, discover } from "./cloud/discover";
export { readConfig, readSecrets } from "./config/reader";
export type { StoreConfig } from "./config/schema";
export { validate } from "./config/validate";
export { Storefront, type StorefrontArgs } from "./storefront";

// A store of another stack.

export { TIERS, type Tier } from "./config/schema";
export { type ReferencedStore, readStore, StoreOutputsError } from "./store-reference";

// Names and tags, which every part is given.

export { Naming } from "./core/naming";

// Networks, and who may reach whom.

export { allow, PORTS, type SecurityRule } from "./core/security-rule";
export { type PlatformFacts, platformRules } from "./features/connections";
export { SecurityGroups, type SecurityGroupsArgs, securityGroupRule } from "./network/security-groups";
export { TierNetwork, type TierNetworkArgs } from "./network/tier-network";

// Servers, and what they do.

export type { ServerFile } from "./cloud-init/document";
export { type BootSettings, type Role, script } from "./cloud-init/role";
export { Server, type ServerArgs } from "./compute/server";
export { InstanceGroup, type InstanceGroupArgs } from "./groups/instance-group";

// Octavia's balancers.

export { LoadBalancer, type LoadBalancerArgs } from "./balancing/load-balancer";
export { l4Pools, l7Pools, type PoolSpec } from "./balancing/pools";

// The database.

export { Credentials, type CredentialsArgs } from "./database/credentials";
export { Database, type DatabaseArgs } from "./database/database";

// Stack files of other stacks, and what the cloud has of what they name.

export { findFlavor, findImage } from "./cloud/discover";
export { publicEndpoint } from "./cloud/endpoints";
export { Findings } from "./cloud/findings";
export { accessSchema } from "./config/access-schema";
export { bootSchema } from "./config/boot-schema";
export { databaseSchema } from "./config/database-schema";
export { readConfigOf } from "./config/reader";
export { cloudSchema, groupSchema } from "./config/schema";
export { ConfigError, validated } from "./config/validate";
