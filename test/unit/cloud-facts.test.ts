import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { networks, servers } from "../../commands/doctor/checks/names";
import { CloudView } from "../../commands/doctor/cloud-view";
import { chosenProvider } from "../../components/cloud/balancer-provider";
import { discover } from "../../components/cloud/discover";
import { validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { Storefront } from "../../components/storefront";
import { type FakeEndpoint, fakeEndpoint } from "../support/fake-endpoint";
import { Recorder, record } from "../support/recorder";
import { CLOUD, SMALLEST } from "../support/stack-files";

const EXTERNAL = "0d9f1e5a-6f5b-4c1e-9d39-0a8b5d1f2c3e";
const SERVICES = ["compute", "image", "network", "volumev3", "load-balancer", "object-store"];
const NOTHING = { servers: [], volumes: [], subnets: [], loadbalancers: [], networks: [] };

/** What the cloud answers to a path that begins so, on top of an empty project. */
type Answers = Readonly<Record<string, object>>;

/** What no store is without. */
const BASE = ["router", "external-net", "security-group", "standard-attr-description", "standard-attr-tag"];
/** Aliases of Neutron's extensions, of the kind that matter. */
const extensions = (...aliases: string[]) => ({ extensions: [...BASE, ...aliases].map((alias) => ({ alias })) });
const OVN = extensions("dhcp_agent_scheduler", "l3-ha", "agent");
const OVS = extensions("dhcp_agent_scheduler", "l3-ha", "agent", "dvr", "l3_agent_scheduler");
const providers = (...names: string[]) => ({ providers: names.map((name) => ({ name, description: "" })) });
const NAMED = { access: { packages: ["192.0.2.0/24"] } };

describe("what a cloud turns out to be", () => {
  let endpoint: FakeEndpoint | undefined;
  let recorder: Recorder;

  afterEach(() => endpoint?.close());

  const cloud = async (answers: Answers) => {
    endpoint?.close();
    endpoint = await fakeEndpoint(SERVICES, ({ url = "" }) => {
      const [, own = {}] = Object.entries(answers).find(([path]) => url.startsWith(path)) ?? [];
      return { body: JSON.stringify({ ...NOTHING, ...own }) };
    });
    recorder = new Recorder();
    const { scope } = endpoint;
    Object.assign(recorder.answers, {
      "openstack:identity/getAuthScope:getAuthScope": () => ({ ...scope, projectId: "p", userId: "u" }),
      "openstack:networking/getNetwork:getNetwork": () => ({ id: EXTERNAL, name: "public" }),
      "openstack:images/getImage:getImage": () => ({ id: "image-id" }),
      "openstack:compute/getFlavor:getFlavor": ({ name, flavorId }: Record<string, unknown>) => {
        if (name === "m1.small" || flavorId === "42") return { name: "m1.small", vcpus: 2, ram: 4096, disk: 40 };
        throw Object.assign(new Error("none"), { details: "Your query returned no results" });
      },
    });
    await pulumi.runtime.setMocks(recorder, "ecommerce", "dev", false);
    return endpoint.session;
  };
  const look = async (answers: Answers, changes: Record<string, unknown> = {}) => {
    await cloud(answers);
    return discover("ecommerce", "ecommerce-dev", validate("ecommerce", { ...SMALLEST, ...changes }));
  };
  /** The doctor's wrongs. */
  const wrongs = async (answers: Answers, changes: Record<string, unknown> = {}) => {
    const view = new CloudView(await cloud(answers));
    const found = await networks(view, validate("ecommerce", { ...SMALLEST, ...changes }));
    return found.filter(({ state }) => state === "wrong").map(({ key, text }) => `${key}: ${text}`);
  };

  describe("about names", () => {
    const own = { networks: [{ id: EXTERNAL, name: "public" }] };

    it("asks for the resolvers where Neutron hands out some that nobody can know", async () => {
      const answers = { "/v2.0/extensions": OVN, "/v2.0/networks": own };
      await assert.rejects(look(answers, NAMED), (error) => {
        assert.match(String(error), /nothing was created or changed/);
        return /ecommerce:cloud\.dnsServers: is empty, and this Neutron \(ML2\/OVN, .*: name the resolvers/.test(
          String(error),
        );
      });
      const [wrong] = await wrongs(answers, NAMED);
      assert.match(wrong ?? "", /^cloud\.dnsServers: is empty/);
    });

    it("asks nothing of a Neutron with agents, of resolvers that are named, nor where nothing asks for names", async () => {
      const cases: [Answers, Record<string, unknown>][] = [
        [{ "/v2.0/extensions": OVS }, NAMED],
        [{ "/v2.0/extensions": extensions("dvr") }, NAMED],
        [{ "/v2.0/extensions": OVN }, { ...NAMED, cloud: { externalNetwork: "public", dnsServers: ["192.0.2.53"] } }],
        [{ "/v2.0/extensions": OVN }, {}],
        [{}, NAMED],
      ];
      for (const [answers, changes] of cases) {
        await look(answers, changes);
        assert.deepEqual(await wrongs({ ...answers, "/v2.0/networks": own }, changes), []);
      }
    });

    it("lets a store go on that has come up", async () => {
      const server = { id: "s", name: "ecommerce-dev-web-1", image: "" };
      await look({ "/v2.0/extensions": OVN, "/servers": { servers: [server] } }, NAMED);
    });
  });

  describe("about Octavia's default provider", () => {
    const made = async (answers: Answers, changes: Record<string, unknown> = {}) => {
      const found = await look(answers, changes);
      const config = validate("ecommerce", { ...SMALLEST, ...changes });
      const naming = new Naming("ecommerce", "dev");
      const facts = { ...CLOUD, ...found, existing: CLOUD.existing, machines: CLOUD.machines };
      await record(() => new Storefront("store", { config, cloud: facts, naming }), recorder);
      return recorder.of("loadbalancer/loadBalancer:LoadBalancer").map(({ inputs }) => inputs.loadbalancerProvider);
    };

    it("takes it where it can only be one with HTTP listeners", async () => {
      assert.deepEqual(await made({ "/v2/lbaas/providers": providers("amphora", "octavia") }), [undefined, undefined]);
    });

    it("asks for another one by name where it could be OVN", async () => {
      assert.deepEqual(await made({ "/v2/lbaas/providers": providers("ovn", "octavia", "amphora") }), [
        "amphora",
        "amphora",
      ]);
    });

    it("refuses in the preview where there is OVN only, or nobody can tell which of others", async () => {
      const only = look({ "/v2/lbaas/providers": providers("ovn") });
      await assert.rejects(
        only,
        /ecommerce:balancing\.provider: none is named, and Octavia has only ovn, which has no HTTP/,
      );
      const several = look({ "/v2/lbaas/providers": providers("f5", "ovn", "a10") });
      await assert.rejects(several, /balancing\.provider: none is named, .*: name one of f5, a10/);
      const config = { balancing: { provider: "ovn" } };
      await look({ "/v2/lbaas/providers": providers("ovn") }, config);
    });

    it("keeps the provider of the balancers that the store has", () => {
      assert.deepEqual(chosenProvider(["f5", "ovn", "a10"], "a10"), { name: "a10" });
      assert.deepEqual(chosenProvider(["amphora", "ovn", "f5"], "f5"), { name: "f5" });
      assert.deepEqual(chosenProvider(["amphora", "ovn"], "ovn"), { name: "amphora" });
      assert.deepEqual(chosenProvider([], undefined), {});
    });
  });

  describe("about names that are given twice", () => {
    const twice = {
      networks: [
        { id: "1d9f1e5a-6f5b-4c1e-9d39-0a8b5d1f2c3e", name: "public" },
        { id: EXTERNAL, name: "public" },
      ],
    };
    const answers = { "/v2.0/networks": twice };

    it("takes no floating IP by a name that another network has, whether or not the right one is given by its id", async () => {
      for (const externalNetwork of ["public", EXTERNAL]) {
        const text =
          /cloud\.externalNetwork: ".*" is named "public", as another .*openstack floating ip create 0d9f1e5a/;
        await assert.rejects(look(answers, { cloud: { externalNetwork } }), text);
      }
      assert.match((await wrongs(answers, { cloud: { externalNetwork: EXTERNAL } })).join(), /as another network/);
      const adopted = { cloud: { externalNetwork: EXTERNAL, floatingIp: "203.0.113.9" } };
      await cloud(answers);
      recorder.answers["openstack:networking/getFloatingIp:getFloatingIp"] = () => ({ id: "ip" });
      const { externalNetwork } = await discover(
        "ecommerce",
        "ecommerce-dev",
        validate("ecommerce", { ...SMALLEST, ...adopted }),
      );
      assert.equal(externalNetwork.id, EXTERNAL);
    });

    it("takes a flavor by its id too, and servers are made of that one", async () => {
      const { machines } = await look({}, { web: { image: "debian-12", flavor: "42" } });
      assert.equal(machines.web.flavor.name, "m1.small");
      await assert.rejects(look({}, { web: { image: "debian-12", flavor: "43" } }), /web\.flavor: "43" is not there/);
      const flavor = { id: "42", name: "m1.small", vcpus: 2, ram: 4096, disk: 40 };
      const image = { id: EXTERNAL, name: "debian-12", min_disk: 0, min_ram: 0, created_at: new Date().toISOString() };
      const namedLikeIt = { ...image, id: "other", name: EXTERNAL, min_disk: 900 };
      const view = new CloudView(
        await cloud({ "/flavors": { flavors: [flavor] }, "/v2/images": { images: [namedLikeIt, image] } }),
      );
      const config = validate("ecommerce", { ...SMALLEST, web: { image: EXTERNAL, flavor: "42" } });
      const found = (await servers(view, config)).filter(({ key }) => key.startsWith("web."));
      assert.deepEqual(
        found.map(({ state }) => state),
        ["fine", "fine"],
      );
    });

    it("asks for an id in the doctor, as up does", async () => {
      const routers = { routers: [1, 2].map((id) => ({ id: `router-${id}`, name: "edge" })) };
      const named = { "/v2.0/networks": { networks: [{ id: EXTERNAL, name: "public" }] }, "/v2.0/routers": routers };
      const router = (name: string) => ({ cloud: { externalNetwork: "public", router: name } });
      assert.deepEqual(await wrongs(named, router("edge")), [
        'cloud.router: "edge" is the name of 2: give the id of one',
      ]);
      assert.deepEqual(await wrongs(named, router("router-2")), []);
    });
  });
});
