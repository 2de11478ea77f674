/** A static store from nothing to nothing, as its tests see it, whichever version of the OpenStack provider makes it. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { ensureToolchain } from "../../toolchain/ensure";
import type { Provider } from "../../toolchain/parts";
import { timed } from "./figures";
import { failure, openLab, type TestLab } from "./lab";
import { SMALLEST } from "./stack-files";

const web = (count: number) => ({ "ecommerce:web": { ...SMALLEST.web, count } });
const volume = (onDestroy: string) => ({
  "ecommerce:database": { ...SMALLEST.database, egress: true, volume: { size: 10, onDestroy } },
});

/** Steps of an update that changed something. */
function changes(
  summary: Readonly<Record<string, number | undefined>> | undefined,
): Record<string, number | undefined> {
  const { same, ...others } = summary ?? {};
  return others;
}

export function describeStaticStore(provider: Provider): void {
  describe(`the static store on the lab, by the ${provider} provider`, function () {
    this.timeout("10m");
    let lab: TestLab;
    let stack: Stack;
    let env: Readonly<Record<string, string>>;

    const open = (name: string, config?: Readonly<Record<string, unknown>>) => lab.open(name, config, env);
    const measured = <T>(what: string, work: () => Promise<T>) => timed(`${what}, by the ${provider} provider`, work);

    before(async () => {
      lab = await openLab();
      env = await ensureToolchain(provider);
      stack = await open("first");
    });

    it("comes up from nothing with everything ACTIVE", async () => {
      await measured("up, from an empty cloud", () => stack.up());
      const servers = await lab.member.list("servers");
      assert.deepEqual(servers.map(({ name, status }) => `${name} ${status}`).sort(), [
        "ecommerce-first-app-1 ACTIVE",
        "ecommerce-first-app-2 ACTIVE",
        "ecommerce-first-db-1 ACTIVE",
        "ecommerce-first-web-1 ACTIVE",
        "ecommerce-first-web-2 ACTIVE",
      ]);
      const balancers = await lab.member.list("loadbalancers");
      assert.deepEqual(balancers.map((lb) => `${lb.name} ${lb.vip_address} ${lb.provisioning_status}`).sort(), [
        "ecommerce-first-app 10.20.1.10 ACTIVE",
        "ecommerce-first-web 10.20.0.10 ACTIVE",
      ]);
      const [data] = await lab.member.list("volumes");
      assert.equal(data?.status, "in-use");
      const [address] = await lab.member.list("floatingips");
      assert.equal(address?.fixed_ip_address, "10.20.0.10");
      const { storefrontUrl } = await stack.outputs();
      assert.equal(storefrontUrl?.value, `http://${address?.floating_ip_address}/`);
    });

    it("gives every group exactly the rules of the table, and none of Neutron's own", async () => {
      const groups = await lab.member.list("security_groups");
      assert.equal(groups.length, 3);
      for (const { name, security_group_rules: rules } of groups) {
        assert.ok(Array.isArray(rules));
        for (const rule of rules) {
          assert.ok(
            rule.remote_ip_prefix && rule.port_range_min && rule.description,
            `${name}: ${JSON.stringify(rule)}`,
          );
          assert.notEqual(rule.remote_ip_prefix, "0.0.0.0/0");
        }
      }
    });

    it("hands app servers the route to the database, and web servers none", async () => {
      const subnets = await lab.member.list("subnets");
      const routes = (name: string) => subnets.find((subnet) => subnet.name === name)?.host_routes;
      assert.deepEqual(routes("ecommerce-first-app"), [{ destination: "10.20.2.0/24", nexthop: "10.20.1.2" }]);
      assert.deepEqual(routes("ecommerce-first-web"), []);
    });

    it("keeps generated passwords out of the plain state", async () => {
      const { adminPasswords } = await stack.outputs();
      assert.equal(adminPasswords?.secret, true);
      const password = adminPasswords?.value.opencart;
      assert.match(password, /^[\w.~]{20}$/);
      const state = await readFile(path.join(lab.backend, ".pulumi/stacks/ecommerce/first.json"), "utf8");
      assert.ok(state.includes("databasePasswords") && !state.includes(password));
    });

    it("finds nothing to do afterwards", async () => {
      const preview = await measured("preview without changes", () => stack.preview());
      assert.deepEqual(changes(preview.changeSummary), {});
      const refresh = await measured("refresh", () => stack.refresh());
      assert.deepEqual(changes(refresh.summary.resourceChanges), {});
    });

    it("only adds when a group grows, and only removes when it shrinks", async () => {
      const larger = await open("first", web(3));
      const grown = await larger.up();
      // The server with its component and port, and its membership.
      assert.deepEqual(changes(grown.summary.resourceChanges), { create: 4 });
      assert.equal((await lab.member.list("servers")).length, 6);
      const shrunk = await (await open("first")).up();
      assert.deepEqual(changes(shrunk.summary.resourceChanges), { delete: 4 });
    });

    it("keeps the volume and its data when the database server is replaced", async () => {
      const attached = async () => {
        const [data] = await lab.member.list("volumes");
        assert.ok(data && Array.isArray(data.attachments));
        return { volume: data.id, server: data.attachments[0]?.server_id, status: data.status };
      };
      const before = await attached();
      const urn = (await stack.exportStack()).deployment.resources
        .map((resource: { urn: string }) => resource.urn)
        .find((name: string) => name.endsWith("openstack:compute/instance:Instance::store-db"));
      await measured("replacement of the database server", () => stack.up({ replace: [urn] }));
      const after = await attached();
      assert.deepEqual([after.volume, after.status], [before.volume, "in-use"]);
      assert.notEqual(after.server, before.server);
    });

    if (provider === "official") goesToTheNewestAndBack();
    else standsBesideOthers();

    it("leaves nothing behind when it is destroyed", async () => {
      await measured("destroy", () => stack.destroy({ remove: true }));
      assert.deepEqual(await lab.member.everything(), {});
    });

    function goesToTheNewestAndBack(): void {
      it("goes to the newest version of the provider and back, with nothing but changes in place", async () => {
        const theirs = await lab.open("first", {}, await ensureToolchain("newest"));
        const inPlace = async (given: Stack) => {
          await given.refresh();
          const { update: _, ...others } = changes((await given.preview()).changeSummary);
          assert.deepEqual(others, {});
          await given.up();
          assert.deepEqual(changes((await given.preview()).changeSummary), {});
        };
        await inPlace(theirs);
        stack = await open("first");
        await inPlace(stack);
      });
    }

    function standsBesideOthers(): void {
      it("stands beside a second store in the same project, which keeps its volume when it goes", async () => {
        const second = await open("second", volume("keep"));
        await second.up();
        assert.equal((await lab.member.list("servers")).length, 10);
        await second.destroy({ remove: true });
        const kept = (await lab.member.list("volumes")).filter(({ name }) => name === "ecommerce-second-db-data");
        assert.deepEqual(
          kept.map(({ status }) => status),
          ["available"],
        );
        await lab.member.call("block-storage", `/volumes/${kept[0]?.id}`, "DELETE");
        assert.deepEqual(changes((await stack.preview()).changeSummary), {});
      });

      it("refuses, in the preview of a destroy, to give up a protected database", async () => {
        await (await open("first", volume("refuse"))).up();
        const text = await failure((onOutput) => stack.previewDestroy({ onOutput }));
        assert.match(text, /store-db.*cannot be deleted\s+because it is protected/s);
        assert.equal((await lab.member.list("servers")).length, 5);
        await (await open("first")).up();
      });
    }
  });
}
