/** A cloud as the doctor reads it: nothing but GET. */
import { z } from "zod";
import { type CloudApi, cloudApi, unlessMissing } from "../../components/cloud/api";
import { absence, endpointOf } from "../../components/cloud/endpoints";
import { existingStore } from "../../components/cloud/existing-store";
import { expiries } from "../../components/cloud/expiries";
import { extensionsOf, missingExtensions } from "../../components/cloud/extensions";
import { type ExternalNetwork, otherOfItsName } from "../../components/cloud/external-network";
import { failedBalancers } from "../../components/cloud/failed-balancers";
import { unknownResolvers } from "../../components/cloud/resolvers";
import { namesIn } from "../../components/cloud/restore-needs";
import type { Session } from "../../components/cloud/session";
import { hasObjectVersioning } from "../../components/cloud/swift-info";
import type { StoreConfig } from "../../components/config/schema";
import { firstHistories } from "../uploads/versions";

const name = z.string();
const schemas = {
  flavors: z.array(z.object({ id: name.optional(), name, vcpus: z.number(), ram: z.number(), disk: z.number() })),
  images: z.array(
    z.object({
      id: name,
      name: name.nullable(),
      min_disk: z.number(),
      min_ram: z.number(),
      created_at: name,
    }),
  ),
  zones: z.array(z.object({ zoneName: name, zoneState: z.object({ available: z.boolean() }) })),
  withIds: z.array(z.object({ id: name, name })),
  names: z.array(z.object({ name })),
  certificates: z.array(z.object({ name, container_ref: name })),
  addresses: z.array(z.object({ floating_ip_address: name })),
  subnets: z.array(z.object({ id: name, name, cidr: name })),
  limits: z.record(z.string(), z.unknown()),
  usage: z.record(z.string(), z.object({ limit: z.number(), used: z.number() })),
  quota: z.record(z.string(), z.number().nullable()),
  texts: z.array(name),
  versions: z.array(z.object({ version: name })),
  policies: z.array(
    z.object({
      name,
      aggregation_methods: z.array(name),
      definition: z.array(z.object({ granularity: z.union([name, z.number()]) })),
    }),
  ),
  instances: z.array(
    z.object({
      id: name,
      ended_at: name.nullable(),
      deleted_at: name.nullish(),
      metrics: z.record(z.string(), name),
    }),
  ),
  metric: z.object({ archive_policy: z.object({ name }) }),
  measures: z.array(z.tuple([name, z.number(), z.number()])),
};

export class CloudView {
  private readonly api: CloudApi;

  constructor(private readonly session: Session) {
    this.api = askedOnce(cloudApi(session));
  }

  has(service: string): boolean {
    return this.absence(service) === undefined;
  }

  /** Why the region has no endpoint of a service. */
  absence(service: string): string | undefined {
    return absence(this.session, service);
  }

  readonly objectsIn = (container: string) => namesIn(this.api, container);
  /** @returns whether Swift keeps versions of objects; undefined where it does not tell what it can */
  readonly hasVersions = async () => {
    const storageUrl = endpointOf(this.session, "object-store");
    return storageUrl === undefined ? undefined : hasObjectVersioning(storageUrl, this.session.send);
  };
  readonly historiesIn = (container: string) => firstHistories(this.api, container);
  readonly token = () => this.api.token();
  readonly existing = (prefix: string, config: StoreConfig) =>
    existingStore(this.api, (service) => this.has(service), prefix, config);
  readonly otherOfItsName = (network: ExternalNetwork) => otherOfItsName(this.api, network);
  readonly unknownResolvers = async (config: StoreConfig) =>
    unknownResolvers(config, await extensionsOf(this.api).catch(() => undefined));
  readonly missingExtensions = async (config: StoreConfig) => missingExtensions(config, await extensionsOf(this.api));
  readonly failedBalancers = (tag: string) => failedBalancers(this.api, this.session.projectId, tag);
  readonly expiries = (config: StoreConfig, prefix: string, containerRef: string | undefined) =>
    expiries(this.api, config, prefix, containerRef);
  readonly flavors = () => this.rows("flavors", "compute", "/flavors/detail", "flavors");
  readonly images = () => this.rows("images", "image", "/v2/images?limit=1000&status=active", "images");
  readonly keyPairs = async () => {
    const wrapped = z.array(z.object({ keypair: z.object({ name }) }));
    const answer = await this.api.call("compute", "/os-keypairs");
    return wrapped.parse(answer.keypairs).map(({ keypair }) => keypair);
  };
  readonly computeZones = () => this.rows("zones", "compute", "/os-availability-zone", "availabilityZoneInfo");
  readonly volumeZones = () => this.rows("zones", "block-storage", "/os-availability-zone", "availabilityZoneInfo");
  readonly volumeTypes = () => this.rows("names", "block-storage", "/types", "volume_types");
  readonly externalNetworks = () => this.rows("withIds", "network", "/v2.0/networks?router:external=true", "networks");
  readonly routers = () => this.rows("withIds", "network", "/v2.0/routers", "routers");
  readonly subnets = () => this.rows("subnets", "network", "/v2.0/subnets", "subnets");
  readonly floatingIps = () => this.rows("addresses", "network", "/v2.0/floatingips", "floatingips");
  readonly balancers = () =>
    this.rows("names", "load-balancer", "/v2/lbaas/loadbalancers?fields=name", "loadbalancers");
  readonly providers = () => this.rows("names", "load-balancer", "/v2/lbaas/providers", "providers");
  readonly balancerFlavors = () => this.rows("withIds", "load-balancer", "/v2/lbaas/flavors", "flavors");
  readonly balancerZones = () =>
    this.rows("names", "load-balancer", "/v2/lbaas/availabilityzones", "availability_zones");
  readonly certificates = () => this.rows("certificates", "key-manager", "/v1/containers?limit=1000", "containers");
  readonly computeLimits = async () => this.absolute("compute");
  readonly volumeLimits = async () => this.absolute("block-storage");
  /** Nothing where Neutron lacks the extension `quota_details`. */
  readonly networkQuota = async () => {
    const project = await this.project();
    return unlessMissing(() => this.rows("usage", "network", `/v2.0/quotas/${project}/details.json`, "quota"));
  };
  readonly balancerQuota = async () =>
    this.rows("quota", "load-balancer", `/v2/lbaas/quotas/${await this.project()}`, "quota");
  readonly templateVersions = () => this.rows("versions", "orchestration", "/template_versions", "template_versions");
  readonly resourceTypes = () => this.rows("texts", "orchestration", "/resource_types", "resource_types");
  readonly archivePolicies = () => this.rows("policies", "metric", "/v1/archive_policy");
  readonly instances = () => this.rows("instances", "metric", "/v1/resource/instance?limit=100&sort=started_at:desc");
  readonly metric = (id: string) => this.rows("metric", "metric", `/v1/metric/${id}`);
  readonly measures = (id: string) =>
    this.rows("measures", "metric", `/v1/metric/${id}/measures?aggregation=rate:mean`);

  /** One answer, or what stands under a key of it, in the shape that the doctor relies on. */
  private async rows<K extends keyof typeof schemas>(
    schema: K,
    service: string,
    path: string,
    key?: string,
  ): Promise<z.output<(typeof schemas)[K]>> {
    const answer = await this.api.call(service, path);
    return schemas[schema].parse(key ? answer[key] : answer) as z.output<(typeof schemas)[K]>;
  }

  private async absolute(service: string): Promise<Readonly<Record<string, unknown>>> {
    const limits = await this.rows("limits", service, "/limits", "limits");
    return schemas.limits.parse(limits.absolute);
  }

  private async project(): Promise<string> {
    return (await this.token()).project?.id ?? this.session.projectId;
  }
}

/** Many checks ask for the same: each answer is fetched once for all of them. */
function askedOnce(api: CloudApi): CloudApi {
  const answers = new Map<string, ReturnType<CloudApi["call"]>>();
  let token: ReturnType<CloudApi["token"]> | undefined;
  return {
    ...api,
    call: (service, path, method = "GET") => {
      if (method !== "GET") return api.call(service, path, method);
      const answer = answers.get(`${service} ${path}`) ?? api.call(service, path);
      answers.set(`${service} ${path}`, answer);
      return answer;
    },
    token: () => {
      token ??= api.token();
      return token;
    },
  };
}
