import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation";
import { eventually } from "../../support/eventually";
import { timed } from "../../support/figures";
import { type FullStore, inside as insideOf, withOwnStore } from "../../support/full-lab";
import { labCertificate } from "../../support/lab-certificate";
import { Shopper } from "../../support/shopper";
import { speaksHttps } from "../../support/speaks-https";
import { type KeyPair, makeKeyPair, publish, ssh } from "../../support/ssh";
import type { Ask } from "../../support/trusting";

const STACK = "direct";
const HSTS = 300;
/** The host's leg in the lab's floating network, from where the tests come. */
const CLIENT = "198.51.100.2";
const NOBODY = "192.0.2.0/24";

describe("a store that ends TLS on its web servers, behind OVN's balancer", function () {
  this.timeout("10m");
  let store: FullStore;
  let ask: Ask;
  let admin: KeyPair;

  withOwnStore(
    {
      name: STACK,
      cloud: "lab-third",
      sections: {
        cloud: { externalNetwork: "public", dnsServers: ["198.51.100.1"], keyPair: "admin" },
        balancing: { tls: { container: "storefront", hsts: HSTS } },
        app: { count: 1 },
      },
      prepare: async ({ member }) => {
        admin = await makeKeyPair("admin");
        await publish(admin, member);
      },
    },
    async (given) => {
      store = given;
      ask = await labCertificate(store.lab.member);
    },
  );

  const inside = (server: string, command: string) => insideOf(server, command, STACK);

  speaksHttps(() => ({ store, ask }), HSTS);

  it("sells, and knows the shopper's address, whatever the shopper claims", async () => {
    assert.ok((await new Shopper(store.url, ask).buy()) > 0);
    const lies = { "X-Forwarded-For": "192.0.2.66", Forwarded: "for=192.0.2.66" };
    assert.equal((await ask(`${store.url}index.php?liar`, { headers: lies })).status, 200);
    const clients = await Promise.all(
      ["web-1", "web-2", "app-1"].map((server) =>
        inside(server, "grep -F '?liar ' /var/log/apache2/access.log | cut -d' ' -f1 || true"),
      ),
    );
    assert.deepEqual(
      clients.filter((client) => client !== ""),
      [CLIENT, CLIENT],
    );
  });

  describe("and the bastion of the examples beside it", () => {
    let stack: Stack;
    let bastion: string;
    const addresses: Record<string, string> = {};
    const open = (admins: readonly string[]) =>
      store.lab.openExample("bastion", "beside", {
        "bastion:store": `organization/ecommerce/${STACK}`,
        "bastion:server": { image: "debian-12", flavor: "m1.small", keyPair: admin.name },
        "bastion:access": { admins, packages: ["198.51.100.1/32"], ntp: ["198.51.100.1/32"] },
      });

    before(async () => {
      for (const server of ["web-1", "app-1", "db-1"])
        addresses[server] = await inside(server, "ip -4 -o address show eth0 | awk '{print $4}' | cut -d/ -f1");
      stack = await open([`${CLIENT}/32`]);
      const { outputs } = await timed("the bastion is up", () => stack.up());
      bastion = String(outputs.address?.value);
    });
    after(async () => {
      await stack?.destroy({ remove: true });
    });

    it("lets an admin into every tier", async () => {
      await timed("from the end of up to SSH", () =>
        eventually(
          () => ssh(admin, bastion, "hostname"),
          (said) => said === "bastion-beside-server-1",
          180,
        ),
      );
      for (const [server, address] of Object.entries(addresses))
        assert.equal(await ssh(admin, address, "hostname", bastion), `ecommerce-${STACK}-${server}`);
    });

    it("lets nobody in without the key, and opens SSH between no others", async () => {
      const stranger = await makeKeyPair("stranger");
      assert.match(await ssh(stranger, bastion, "hostname"), /^refused: .*Permission denied/);
      const tries = ["web-1", "db-1"].map((server) => `timeout 4 bash -c '</dev/tcp/${addresses[server]}/22'`);
      for (const attempt of tries) assert.equal(await inside("app-1", `${attempt} 2>/dev/null; echo $?`), "124");
    });

    it("lets in nobody whom access.admins does not name", async () => {
      await (await open([NOBODY])).up();
      assert.match(await ssh(admin, bastion, "hostname"), /^refused: .*timed out/);
    });
  });
});
