/** Resources as rules see them: plain data under the provider's type tokens, with the inputs' types. */
import type * as openstack from "@pulumi/openstack";
import type { PolicyResource, ResourceValidationArgs } from "@pulumi/policy";
import { UnknownValueError } from "@pulumi/policy";
import type { ProviderResource, Unwrap } from "@pulumi/pulumi";
import type * as random from "@pulumi/random";
import { groupNames } from "../components/features/index";
import type { PolicyFacts } from "../components/store/facts";

/** Of FWaaS v1, which version 5 of the SDK no longer has. */
interface FirstFirewallRule
  extends Pick<
    openstack.firewall.RuleV2Args,
    "action" | "enabled" | "protocol" | "sourceIpAddress" | "sourcePort" | "destinationIpAddress" | "destinationPort"
  > {}

/** What the rules know, by type token. */
export interface Kinds {
  "ecommerce:index:Storefront": PolicyFacts;
  "openstack:blockstorage/volume:Volume": openstack.blockstorage.VolumeArgs;
  "openstack:compute/instance:Instance": openstack.compute.InstanceArgs;
  "openstack:compute/keypair:Keypair": openstack.compute.KeypairArgs;
  "openstack:compute/serverGroup:ServerGroup": openstack.compute.ServerGroupArgs;
  "openstack:compute/volumeAttach:VolumeAttach": openstack.compute.VolumeAttachArgs;
  "openstack:firewall/groupV2:GroupV2": openstack.firewall.GroupV2Args;
  "openstack:firewall/policyV2:PolicyV2": openstack.firewall.PolicyV2Args;
  "openstack:firewall/rule:Rule": FirstFirewallRule;
  "openstack:firewall/ruleV2:RuleV2": openstack.firewall.RuleV2Args;
  "openstack:keymanager/secretV1:SecretV1": openstack.keymanager.SecretV1Args;
  "openstack:loadbalancer/l7PolicyV2:L7PolicyV2": openstack.loadbalancer.L7PolicyV2Args;
  "openstack:loadbalancer/listener:Listener": openstack.loadbalancer.ListenerArgs;
  "openstack:loadbalancer/loadBalancer:LoadBalancer": openstack.loadbalancer.LoadBalancerArgs;
  "openstack:loadbalancer/member:Member": openstack.loadbalancer.MemberArgs;
  "openstack:loadbalancer/members:Members": openstack.loadbalancer.MembersArgs;
  "openstack:loadbalancer/monitor:Monitor": openstack.loadbalancer.MonitorArgs;
  "openstack:loadbalancer/pool:Pool": openstack.loadbalancer.PoolArgs;
  "openstack:networking/floatingIp:FloatingIp": openstack.networking.FloatingIpArgs;
  "openstack:networking/floatingIpAssociate:FloatingIpAssociate": openstack.networking.FloatingIpAssociateArgs;
  "openstack:networking/network:Network": openstack.networking.NetworkArgs;
  "openstack:networking/port:Port": openstack.networking.PortArgs;
  "openstack:networking/router:Router": openstack.networking.RouterArgs;
  "openstack:networking/routerInterface:RouterInterface": openstack.networking.RouterInterfaceArgs;
  "openstack:networking/secGroup:SecGroup": openstack.networking.SecGroupArgs;
  "openstack:networking/secGroupRule:SecGroupRule": openstack.networking.SecGroupRuleArgs;
  "openstack:networking/subnet:Subnet": openstack.networking.SubnetArgs;
  "openstack:objectstorage/container:Container": openstack.objectstorage.ContainerArgs;
  "openstack:orchestration/stackV1:StackV1": openstack.orchestration.StackV1Args;
  "pulumi:providers:openstack": openstack.ProviderArgs;
  "random:index/randomPassword:RandomPassword": random.RandomPasswordArgs;
}
export type Kind = keyof Kinds;
export type Props<K extends Kind> = Partial<Unwrap<NonNullable<Kinds[K]>>>;
export type { ProviderResource };

export interface Seen<K extends Kind = Kind> {
  readonly kind: K;
  readonly name: string;
  readonly urn: string;
  readonly props: Props<K>;
  readonly opts: PolicyResource["opts"];
}

export interface SeenInStore<K extends Kind = Kind> extends Seen<K> {
  /** Resources that a property's value comes from, whether the value is known yet or not. */
  readonly sources: (property: string) => readonly SeenInStore[];
  readonly dependsOn: readonly SeenInStore[];
}

/** Stands for what a preview cannot know yet. Text, so that rules about presence hold and rules about content do not. */
export const UNKNOWN = "(known once it is made)";

/**
 * A copy without the SDK's proxies, in which an unknown value is `UNKNOWN` instead of the end of the rule, and what is null,
 * as the outputs of existing resources have it, is not there.
 */
export function plain(value: unknown): unknown {
  // By index: walking along would already read what may be unknown.
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, index) => plain(reading(value, index)));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.keys(value).map((key) => [key, plain(reading(value, key))] as const);
  return Object.fromEntries(entries.filter(([, one]) => one !== null));
}

function reading(holder: object, key: string | number): unknown {
  try {
    return Reflect.get(holder, key);
  } catch (error) {
    if (error instanceof UnknownValueError) return UNKNOWN;
    throw error;
  }
}

export function isKind<K extends Kind>(resource: SeenInStore, kind: K): resource is SeenInStore<K>;
export function isKind<K extends Kind>(resource: Seen, kind: K): resource is Seen<K>;
export function isKind(resource: Seen, kind: Kind): boolean {
  return resource.kind === kind;
}

/** The boundary: the SDK knows types and properties as text only. */
export function seen({ type, name, urn, props, opts }: ResourceValidationArgs | PolicyResource): Seen {
  return { kind: type as Kind, name, urn, props: plain(props) as Props<Kind>, opts };
}

/** Whether the program gives a property a value; what the cloud will choose is unknown in a preview, and not given. */
export function isGiven(resource: SeenInStore, property: string): boolean {
  const value: unknown = Reflect.get(resource.props, property);
  if (value === UNKNOWN) return resource.sources(property).length > 0;
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

export class Store {
  private readonly all: readonly SeenInStore[];

  constructor(resources: readonly PolicyResource[]) {
    const byUrn = new Map<string, SeenInStore>();
    const find = (list: readonly PolicyResource[] = []) => list.flatMap(({ urn }) => byUrn.get(urn) ?? []);
    for (const resource of resources) {
      byUrn.set(resource.urn, {
        ...seen(resource),
        sources: (property) => find(resource.propertyDependencies[property]),
        get dependsOn() {
          return find(resource.dependencies);
        },
      });
    }
    this.all = [...byUrn.values()];
  }

  of<K extends Kind>(kind: K): SeenInStore<K>[] {
    return this.all.filter((resource): resource is SeenInStore<K> => resource.kind === kind);
  }

  get resources(): readonly SeenInStore[] {
    return this.all;
  }
}

/** The group of servers that a resource is of, by its tags, `<project>-<stack>-<tier>`, or metadata. */
export function tierOf({ props }: Seen): string | undefined {
  const tags = "tags" in props ? props.tags : undefined;
  const metadata = "metadata" in props ? props.metadata : undefined;
  const tagged = Array.isArray(tags) ? tags.map((tag) => groupIn(String(tag))).findLast(Boolean) : undefined;
  const tier = typeof metadata === "object" && metadata !== null && "tier" in metadata ? metadata.tier : undefined;
  return tagged ?? (typeof tier === "string" ? tier : undefined);
}

/** The longest that fits, since one group's name may end with another's. */
function groupIn(tag: string): string | undefined {
  const [longest] = groupNames()
    .filter((name) => tag.endsWith(`-${name}`))
    .sort((one, other) => other.length - one.length);
  return longest;
}
