/** Pulumi mocks that record every registration, and refuse what they do not know. */
import * as pulumi from "@pulumi/pulumi";

export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Outputs that the cloud would compute, by type token; a token that is absent here is a test's failure. */
const COMPUTED: Record<string, (name: string, inputs: Record<string, unknown>) => Record<string, unknown>> = {
  "openstack:networking/network:Network": () => ({}),
  "openstack:networking/subnet:Subnet": () => ({}),
  "openstack:networking/router:Router": () => ({}),
  "openstack:networking/routerInterface:RouterInterface": (name) => ({ portId: `port-of-${name}` }),
  "openstack:networking/subnetRoute:SubnetRoute": () => ({}),
  "openstack:networking/port:Port": (name) => ({ allFixedIps: [`address-of-${name}`], macAddress: `mac-of-${name}` }),
  "openstack:networking/secGroup:SecGroup": () => ({}),
  "openstack:networking/secGroupRule:SecGroupRule": () => ({}),
  "openstack:networking/floatingIp:FloatingIp": () => ({ address: "203.0.113.99" }),
  "openstack:networking/floatingIpAssociate:FloatingIpAssociate": () => ({}),
  "openstack:firewall/ruleV2:RuleV2": () => ({}),
  "openstack:firewall/policyV2:PolicyV2": () => ({}),
  "openstack:firewall/groupV2:GroupV2": () => ({ status: "ACTIVE" }),
  "openstack:loadbalancer/loadBalancer:LoadBalancer": (name) => ({ vipPortId: `vip-port-of-${name}` }),
  "openstack:loadbalancer/listener:Listener": () => ({}),
  "openstack:loadbalancer/pool:Pool": () => ({}),
  "openstack:loadbalancer/monitor:Monitor": () => ({}),
  "openstack:loadbalancer/member:Member": () => ({}),
  "openstack:orchestration/stackV1:StackV1": () => ({
    StackOutputs: Object.entries({
      server_ids: "one,two",
      grow_policy_id: "grow-id",
      shrink_policy_id: "shrink-id",
      busy_alarm_id: "busy-id",
      idle_alarm_id: "idle-id",
    }).map(([outputKey, outputValue]) => ({ outputKey, outputValue })),
  }),
  "openstack:compute/serverGroup:ServerGroup": () => ({}),
  "openstack:compute/instance:Instance": () => ({}),
  "openstack:compute/volumeAttach:VolumeAttach": () => ({}),
  "openstack:blockstorage/volume:Volume": () => ({}),
  "openstack:objectstorage/container:Container": () => ({}),
  "openstack:identity/applicationCredential:ApplicationCredential": () => ({ secret: "generated" }),
  "random:index/randomPassword:RandomPassword": () => ({ result: "generated" }),
};

export class Recorder implements pulumi.runtime.Mocks {
  readonly registrations: Registration[] = [];
  /** Answers of data sources, by token; a test may change them before it builds. */
  readonly answers: Record<string, (inputs: Record<string, unknown>) => Record<string, unknown>> = {
    "openstack:compute/getInstanceV2:getInstanceV2": () => ({ powerState: "active" }),
  };

  newResource({ type, name, inputs, id }: pulumi.runtime.MockResourceArgs) {
    if (type.startsWith("ecommerce:")) return { id: undefined, state: inputs };
    const computed = COMPUTED[type];
    if (!computed) throw new Error(`the recorder does not know ${type}`);
    this.registrations.push({ type, name, inputs });
    return { id: id || `id-of-${name}`, state: { ...inputs, ...computed(name, inputs) } };
  }

  call({ token, inputs }: pulumi.runtime.MockCallArgs) {
    const answer = this.answers[token];
    if (!answer) throw new Error(`the recorder has no answer for ${token}`);
    return answer(inputs);
  }

  /** Registrations of one type, e.g. `networking/port:Port`. */
  of(type: string): Registration[] {
    return this.registrations.filter((entry) => entry.type === `openstack:${type}` || entry.type === type);
  }

  /** The one registration of a type and logical name. */
  one(type: string, name: string): Registration["inputs"] {
    const found = this.of(type).filter((entry) => entry.name === name);
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} registrations of ${type} ${name}`);
    return found[0].inputs;
  }
}

/** Runs a program under the mocks until every registration has drained. */
export async function record<T>(build: () => T, recorder = new Recorder()): Promise<{ recorder: Recorder; built: T }> {
  await pulumi.runtime.setMocks(recorder, "ecommerce", "dev", false);
  acceptErrorHooks();
  const built = build();
  await pulumi.runtime.disconnect();
  return { recorder, built };
}

/** The SDK's mock monitor says that it takes error hooks, but has no such call, and registrations would hang. */
function acceptErrorHooks(): void {
  const monitor = pulumi.runtime.getMonitor();
  if (!monitor) throw new Error("the mocks made no monitor");
  Reflect.set(monitor, "registerErrorHook", (_: unknown, done: (error: null, answer: object) => void) =>
    done(null, {}),
  );
}

/** What an output resolves to, or its rejection. */
export async function settled<T>(output: pulumi.Output<T>): Promise<T> {
  const promise: unknown = Reflect.get(Object(output), "promise");
  if (typeof promise !== "function") throw new Error("outputs of this SDK have no promise");
  return promise.call(output);
}
