/** What the cases are made of: parts of a stack, as policies see them. */
import { template } from "../../support/group-template";
import type { Sample } from "../../support/policy";

export interface Case {
  readonly bad: readonly Sample[];
  /** Part of the message. */
  readonly says: RegExp;
  readonly good: readonly Sample[];
  /** Of the rule, as in the pack's configuration. */
  readonly config?: object;
  readonly stackFile?: { readonly bad: StackFile; readonly good: StackFile };
}

export type Cases = Readonly<Record<string, Case>>;

/** The stack's config, by key. */
export interface StackFile {
  readonly plain?: Readonly<Record<string, string>>;
  /** Which of the keys are encrypted in the file. */
  readonly encrypted?: readonly string[];
}

const P = "openstack:";
export const of =
  (kind: string) =>
  (props: object, more: Partial<Sample> = {}): Sample => ({
    kind: `${P}${kind}`,
    name: "it",
    props: { ...props },
    ...more,
  });

export const rule = of("networking/secGroupRule:SecGroupRule");
export const ingress = (more: object, sample: Partial<Sample> = {}) =>
  rule({ direction: "ingress", protocol: "tcp", description: "why", ...more }, sample);
export const ssh = { portRangeMin: 22, portRangeMax: 22 };
export const group = of("networking/secGroup:SecGroup");
export const port = of("networking/port:Port");
export const network = of("networking/network:Network");
export const listener = of("loadbalancer/listener:Listener");
export const balancer = of("loadbalancer/loadBalancer:LoadBalancer");
export const pool = of("loadbalancer/pool:Pool");
export const monitor = of("loadbalancer/monitor:Monitor");
export const member = of("loadbalancer/member:Member");
export const instance = of("compute/instance:Instance");
export const attachment = of("compute/volumeAttach:VolumeAttach");
export const l7Policy = of("loadbalancer/l7PolicyV2:L7PolicyV2");
export const router = of("networking/router:Router");
export const volume = of("blockstorage/volume:Volume");
export const container = of("objectstorage/container:Container");
export const stack = of("orchestration/stackV1:StackV1");
export const floating = of("networking/floatingIpAssociate:FloatingIpAssociate");
export const routerInterface = of("networking/routerInterface:RouterInterface");

export const tags = (tier: string) => ["ecommerce", "ecommerce-dev", `ecommerce-dev-${tier}`];
export const named = (name: string, sources: Sample["sources"] = {}, dependsOn: readonly string[] = []) => ({
  name,
  sources,
  dependsOn,
});

export const sound = template({ tier: "web" });
const byPrometheus = template({
  tier: "web",
  telemetry: { driver: "heat-prometheus", granularity: 300, sampling: 100 },
});
const whole = (text: string) => text;
export const heat = (change: (text: string) => string = whole, of: object = sound) =>
  stack({ templateOpts: { Bin: change(JSON.stringify(of)) }, timeout: 10 });
/** A group whose alarms ask Prometheus. */
export const prometheus = (change: (text: string) => string = whole) => heat(change, byPrometheus);
const replaced = (from: string | RegExp, to: string) => (text: string) => {
  const after = text.replace(from, to);
  if (after === text) throw new Error(`the template has no ${from}`);
  return after;
};
export const changed = (from: string | RegExp, to: string) => heat(replaced(from, to));
export const changedPrometheus = (from: string | RegExp, to: string) => prometheus(replaced(from, to));

export const web = balancer({ tags: tags("web") }, named("web"));
export const http = listener({ protocol: "HTTP", tags: tags("web") }, named("http", { loadbalancerId: ["web"] }));
export const https = listener({ protocol: "TERMINATED_HTTPS" }, named("https", { loadbalancerId: ["web"] }));
export const ovn = balancer({ loadbalancerProvider: "ovn", tags: tags("web") }, named("web"));
/** A rule that admits everybody to a port of a tier's group. */
export const everybody = (tier: string, portNumber: number): readonly Sample[] => [
  group({ tags: tags(tier) }, named(`${tier}-group`)),
  ingress(
    { portRangeMin: portNumber, portRangeMax: portNumber, remoteIpPrefix: "0.0.0.0/0" },
    named(`${tier}-${portNumber}`, { securityGroupId: [`${tier}-group`] }),
  ),
];
export const provider = (props: object): Sample => ({
  kind: "pulumi:providers:openstack",
  name: "default_3_15_2",
  props,
});
export const webGroup = group({ tags: tags("web") }, named("group"));
export const webRule = (more: object) => ingress({ portRangeMin: 80, portRangeMax: 80, ...more });
export const boots = (userData: string) =>
  stack({
    templateOpts: { Bin: JSON.stringify(template({ tier: "web" })) },
    environmentOpts: { Bin: JSON.stringify({ parameter_defaults: { user_data: userData } }) },
  });

export const userData = (text: string, tier = "web") =>
  instance({ userData: `#cloud-config\n${text}`, tags: tags(tier) });
