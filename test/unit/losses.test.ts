import assert from "node:assert/strict";
import { ApiError, type CloudApi } from "../../components/cloud/api";
import { balancerOutages } from "../../components/cloud/balancer-outages";
import type { ExistingServer } from "../../components/cloud/existing-servers";
import { describedAs, existingStore, NOTHING_EXISTS } from "../../components/cloud/existing-store";
import { Findings } from "../../components/cloud/findings";
import { keptImage } from "../../components/cloud/kept-image";
import { losses, refuseLosses } from "../../components/cloud/losses";
import { requireRoom } from "../../components/cloud/restore-needs";
import { validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { Storefront } from "../../components/storefront";
import { plan } from "../support/plan";
import { CLOUD, SMALLEST } from "../support/stack-files";

const config = (changes: Record<string, unknown> = {}) => validate("ecommerce", { ...SMALLEST, ...changes });
const database = (changes: Record<string, unknown>) => ({ database: { ...SMALLEST.database, ...changes } });

const ATTACHED = {
  id: "volume-id",
  name: "shop-dev-db-data",
  size: 20,
  description: "databases of shop-dev: opencart, reports",
  volume_type: "fast",
  availability_zone: "nova",
  attachments: [{}],
};
const SUBNETS = [
  { name: "shop-dev-web", cidr: "10.20.0.0/24" },
  { name: "shop-dev-other", cidr: "10.99.0.0/24" },
];

const balancer = { vip_address: "10.20.0.10", provider: "amphora", tags: ["shop-dev"] };
const BALANCERS = [
  { ...balancer, name: "shop-dev-web" },
  { ...balancer, name: "shop-dev-app", vip_address: "10.20.1.10" },
  { ...balancer, name: "shop-dev-web", vip_address: "10.9.9.9", tags: ["another"] },
];

/** A cloud with the store `shop-dev`. */
function cloud({
  volumes = [ATTACHED],
  containers = {} as Record<string, string>,
} = {}): Pick<CloudApi, "call" | "text"> {
  return {
    call: async (service) => {
      if (service === "compute") return { servers: [] };
      if (service === "load-balancer") return { loadbalancers: BALANCERS };
      return service === "network" ? { subnets: SUBNETS } : { volumes };
    },
    text: async (_, path) => {
      const objects = containers[path.replace(/^\/|\?.*$/g, "")];
      if (objects === undefined) throw new ApiError("not there", 404);
      return objects;
    },
  };
}

const keysOf = async (changes: Record<string, unknown>, api = cloud()) => {
  const wanted = config(changes);
  return losses(wanted, await existingStore(api, () => true, "shop-dev", wanted)).map(({ key }) => key);
};

describe("changes that would take away what a store has", () => {
  it("are none in an unchanged store, nor in an empty cloud", async () => {
    const same = {
      ...database({ volume: { size: 20, type: "fast" } }),
      cloud: { ...SMALLEST.cloud, volumeZones: ["nova"] },
    };
    assert.deepEqual(await keysOf(same), []);
    assert.deepEqual(losses(config(database({ volume: { size: 10, type: "slow" } })), NOTHING_EXISTS), []);
  });

  it("another type or zone of the volume would begin with an empty one", async () => {
    const cloudSection = { ...SMALLEST.cloud, volumeZones: ["other"] };
    const changes = { ...database({ volume: { size: 10, type: "slow" } }), cloud: cloudSection };
    assert.deepEqual(await keysOf(changes), ["database.volume.type", "cloud.volumeZones.0"]);
    const id = { size: 10, type: "6b6b3a33-9a29-4f4e-8d26-7a8f2bd1ae6d" };
    assert.deepEqual(await keysOf(database({ volume: id })), [], "Cinder may know it by that id");
  });

  it("are judged by the volume that the database uses alone: not one that a server has left, not before a restore", async () => {
    const changes = database({ volume: { size: 10, type: "slow" } });
    assert.deepEqual(await keysOf(changes, cloud({ volumes: [{ ...ATTACHED, attachments: [] }] })), []);
    const restore = { at: "2026-11-27T10:15:00Z" };
    const backups = { image: "debian-12", flavor: "m1.small" };
    const restored = {
      ...database({ volume: { size: 10, type: "slow" }, restore, backups }),
      access: { services: ["127.0.0.0/8"] },
    };
    assert.deepEqual(await keysOf(restored), []);
  });

  it("another database first in the list would be another shop, unless it is named", async () => {
    const stores = { stores: ["reports", "opencart"] };
    assert.deepEqual(await keysOf(database(stores)), ["database.stores.0"]);
    assert.deepEqual(await keysOf(database({ stores: ["reports"] })), ["database.stores.0"]);
    assert.deepEqual(await keysOf({ ...database(stores), shop: { database: "opencart" } }), []);
    assert.deepEqual(await keysOf({ ...database(stores), shop: { database: "reports" } }), []);
    const edited = cloud({ volumes: [{ ...ATTACHED, description: "mine" }] });
    assert.deepEqual(await keysOf(database(stores), edited), []);
  });

  it("another range of a subnet would take away all that is in it; a subnet of the user's is the user's", async () => {
    const web = { cidr: "10.30.0.0/24" };
    assert.deepEqual(await keysOf({ network: { web } }), ["network.web.cidr"]);
    assert.deepEqual(await keysOf({ network: { web: { ...web, subnet: "mine" } } }), []);
  });

  it("without Swift the containers' objects would go", async () => {
    const containers = { "shop-dev-media": "image/a.png\n", "shop-dev-static": "", "shop-dev-backups": "log/1\n" };
    assert.deepEqual(await keysOf({}, cloud({ containers })), ["shop.media.driver"]);
    const off = { cloud: { ...SMALLEST.cloud, objectStorage: false } };
    assert.deepEqual(await keysOf(off, cloud({ containers })), ["cloud.objectStorage", "shop.media.driver"]);
    assert.deepEqual(await keysOf({}, cloud({ containers: { "shop-dev-media": "" } })), []);
  });

  it("are told in one error, with what to do", async () => {
    const wanted = config({
      ...database({ volume: { size: 10, type: "slow" } }),
      network: { web: { cidr: "10.30.0.0/24" } },
    });
    const existing = await existingStore(cloud(), () => true, "shop-dev", wanted);
    assert.throws(
      () => refuseLosses("ecommerce", wanted, existing),
      (error) => {
        const text = String(error);
        assert.match(text, /the stack file would take away what the store has; nothing was created or changed:/);
        assert.match(text, /ecommerce:database\.volume\.type: .*--retype-policy on-demand volume-id/);
        return /ecommerce:network\.web\.cidr: the subnet has 10\.20\.0\.0\/24/.test(text);
      },
    );
  });

  it("the shop's database must be one of the list", () => {
    assert.throws(() => config({ shop: { database: "other" } }), /shop\.database.*must be one of database\.stores/s);
  });

  it("the volume tells which database the shop uses", () => {
    assert.equal(describedAs("shop-dev", ["opencart", "reports"]), ATTACHED.description);
  });
});

describe("the volume's size", () => {
  const sizes = async (volumes: (typeof ATTACHED)[]) =>
    (await existingStore(cloud({ volumes }), () => true, "shop-dev", config())).volumeSizes;
  const ignored = async (wanted: number, there?: number) => {
    const existing = { ...NOTHING_EXISTS, volumeSizes: there ? { "shop-dev-db-data": there } : {} };
    const resources = await plan(
      () =>
        new Storefront("store", {
          config: config(database({ volume: { size: wanted } })),
          cloud: { ...CLOUD, existing },
          naming: new Naming("shop", "dev"),
        }),
    );
    const volume = resources.find(({ type }) => type === "openstack:blockstorage/volume:Volume");
    assert.equal(volume?.props.size, wanted);
    return volume?.opts.ignoreChanges.includes("size");
  };

  it("is that of the one in use, not of one that an earlier store of the name has left", async () => {
    assert.deepEqual(await sizes([ATTACHED]), { "shop-dev-db-data": 20 });
    assert.deepEqual(await sizes([ATTACHED, { ...ATTACHED, size: 30, attachments: [] }]), { "shop-dev-db-data": 20 });
    assert.deepEqual(await sizes([]), {});
  });

  it("stays where the volume has grown beyond the stack file, and grows where the stack file says more", async function () {
    this.timeout("1m");
    assert.equal(await ignored(10, 13), true);
    assert.equal(await ignored(13, 13), true);
    assert.equal(await ignored(20, 13), false);
  });

  it("of a restore is at least that to which the volume of before has grown", () => {
    const problems = (size: number, there: Record<string, number>, restore?: object) => {
      const access = { access: { services: ["127.0.0.0/8"] } };
      const backups = { image: "debian-12", flavor: "m1.small" };
      const wanted = config({ ...access, ...database({ volume: { size }, backups, restore }) });
      const findings = new Findings("ecommerce");
      requireRoom(findings, "shop-dev", wanted.database, there);
      findings.throwIfAny();
    };
    const restore = { at: "2026-11-27T10:15:00Z" };
    const grown = { "shop-dev-db-data": 13 };
    assert.throws(() => problems(10, grown, restore), /database\.volume\.size: .* grown to 13 GiB.*make it 13 or more/);
    problems(13, grown, restore);
    problems(10, grown);
    problems(10, { ...grown, "shop-dev-db-data-20261127T101500Z": 10 }, restore);
    problems(10, {}, restore);
  });
});

describe("changes that close the shop for a while", () => {
  const told = async (changes: Record<string, unknown>) => {
    const wanted = config(changes);
    return balancerOutages(wanted, await existingStore(cloud(), () => true, "shop-dev", wanted));
  };

  it("are another address of a balancer, another provider, and HAProxy", async () => {
    assert.deepEqual(await told({}), []);
    assert.deepEqual(await told({ balancing: { provider: "amphora" } }), []);
    const [address, ...none] = await told({ network: { web: { address: "10.20.0.12" } } });
    assert.deepEqual(none, []);
    assert.match(
      address ?? "",
      /the web balancer is deleted .*network\.web\.address: 10\.20\.0\.12 instead of 10\.20\.0\.10/,
    );
    const provider = await told({ balancing: { provider: "ovn" } });
    assert.equal(provider.length, 2);
    assert.match(provider[1] ?? "", /the app balancer .*balancing\.provider: ovn instead of amphora/);
    const haproxy = { driver: "haproxy", servers: { image: "debian-12", flavor: "m1.small" } };
    assert.equal((await told({ balancing: haproxy })).length, 2);
  });
});

describe("the database server's image", () => {
  const server: ExistingServer = { id: "1", name: "shop-dev-db-1", imageId: "first", metadata: {} };
  const kept = (image: object | undefined, servers: readonly ExistingServer[] = [server]) => {
    const call = async () => {
      if (!image) throw new ApiError("not there", 404);
      return { id: "first", name: "debian-12", status: "active", ...image };
    };
    return keptImage({ call }, servers, "shop-dev-db-1", "debian-12");
  };

  it("is kept by its id while it has the name that the stack file asks for", async () => {
    assert.equal(await kept({}), "first");
  });

  it("is the newest of its name where a person asks for another name, the old one is gone, or there is no server", async () => {
    assert.equal(await kept({ name: "debian-11" }), undefined);
    assert.equal(await kept({ status: "deactivated" }), undefined);
    assert.equal(await kept(undefined), undefined);
    assert.equal(await kept({}, []), undefined);
    assert.equal(await kept({}, [{ ...server, imageId: undefined }]), undefined);
  });
});
