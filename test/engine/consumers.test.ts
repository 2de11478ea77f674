import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { parse } from "yaml";
import { dependents, refuseWhileUsed } from "../../commands/dependents/dependents";
import { renderImageScript } from "../../components/cloud-init/role";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { operations } from "../support/consumer-roles";
import { timed } from "../support/figures";
import { failure, openLab, type TestLab } from "../support/lab";
import { BASE } from "../support/role-args";
import { buildRoots, machinesWork } from "../support/roots";
import { SMALLEST } from "../support/stack-files";

const STORE = "organization/ecommerce/shop";
const SMALL = {
  "ecommerce:web": { ...SMALLEST.web, count: 2 },
  "ecommerce:app": { ...SMALLEST.app, count: 1 },
  "ecommerce:database": {
    ...SMALLEST.database,
    egress: true,
    readers: ["reports"],
    volume: { size: 10, onDestroy: "delete" },
  },
};

describe("stacks that live on a store's outputs", function () {
  this.timeout("10m");
  let lab: TestLab;
  let store: Stack;
  let bastion: Stack;
  let dashboard: Stack;
  let untouched: unknown;

  /** Everything that the project has, and every rule of the store's groups. */
  const picture = async () => ({
    everything: await lab.member.everything(),
    rules: (await lab.member.list("security_groups"))
      .flatMap(({ name, security_group_rules: rules }) =>
        (Array.isArray(rules) ? rules : []).map(
          (rule) => `${name} ${rule.direction} ${rule.port_range_min} ${rule.remote_ip_prefix}`,
        ),
      )
      .sort(),
  });
  const ssh = (rules: string[]) => rules.filter((rule) => / ingress 22 /.test(rule));
  const portNamed = async (name: string) => {
    const port = (await lab.member.list("ports")).find((one) => one.name === name);
    assert.ok(port && Array.isArray(port.fixed_ips), `there is no port ${name}`);
    return { id: port.id, device: port.device_id, address: port.fixed_ips[0]?.ip_address };
  };

  before(async () => {
    lab = await openLab();
    store = await lab.open("shop", SMALL);
    await store.up();
    untouched = await picture();
  });

  describe("the bastion", () => {
    it("stands with a leg in web, which has its floating IP, and a leg in app", async () => {
      bastion = await lab.openExample("bastion", "one", { "bastion:store": STORE });
      const { outputs } = await timed("up of a bastion on a store", () => bastion.up());
      const [server] = (await lab.member.list("servers")).filter(({ name }) => name === "bastion-one-server-1");
      assert.equal(server?.status, "ACTIVE");
      const [web, app] = [await portNamed("bastion-one-server-1"), await portNamed("bastion-one-server-1-app")];
      assert.deepEqual([web.device, app.device], [server?.id, server?.id]);
      const floating = (await lab.member.list("floatingips")).find(({ port_id: id }) => id === web.id);
      assert.equal(outputs.address?.value, floating?.floating_ip_address);
    });

    it("opens SSH to each tier from the leg that leads there, and lets in its admins only", async () => {
      const { rules } = await picture();
      const [web, app] = [await portNamed("bastion-one-server-1"), await portNamed("bastion-one-server-1-app")];
      assert.deepEqual(ssh(rules), [
        "bastion-one-server ingress 22 198.51.100.0/24",
        `ecommerce-shop-app ingress 22 ${app.address}/32`,
        `ecommerce-shop-db ingress 22 ${app.address}/32`,
        `ecommerce-shop-web ingress 22 ${web.address}/32`,
      ]);
    });

    it("gives its second leg the route to the database, and no default route", async () => {
      const files = await userDataFiles(bastion);
      const network = files.get("/etc/systemd/network/05-ecommerce-app.network") ?? "";
      const app = await portNamed("bastion-one-server-1-app");
      assert.match(network, new RegExp(`^Address=${app.address}/24$`, "m"));
      assert.match(network, /^\[Route\]\nDestination=10\.20\.2\.0\/24\nGateway=10\.20\.1\.2$/m);
      assert.match(network, /^MTUBytes=\d+$/m);
      assert.doesNotMatch(network, /0\.0\.0\.0|DHCP=(yes|ipv4)/);
    });

    it("changes nothing that the store's stack knows of", async () => {
      const { changeSummary } = await store.preview();
      assert.deepEqual(Object.keys(changeSummary), ["same"]);
      const again = await bastion.preview();
      assert.deepEqual(Object.keys(again.changeSummary), ["same"]);
    });
  });

  describe("the dashboard", () => {
    it("names every mistake of its own, and a reader that the store does not have, before it makes anything", async () => {
      const wrong = { "dashboard:store": STORE, "dashboard:access": { admins: ["0.0.0.0/0"], packages: [] } };
      const text = await failure(async (onOutput) =>
        (await lab.openExample("dashboard", "wrong", wrong)).preview({ onOutput }),
      );
      assert.match(text, /dashboard:access\.admins\.0 is "0\.0\.0\.0\/0"; it must be \/8 or longer/);
      assert.match(text, /dashboard:access\.packages is \[\]; it must name the mirrors/);
      const server = { image: "no-such-image", flavor: "m1.small" };
      const stranger = { "dashboard:store": STORE, "dashboard:reader": "nobody", "dashboard:server": server };
      const missing = await failure(async (onOutput) =>
        (await lab.openExample("dashboard", "wrong", stranger)).preview({ onOutput }),
      );
      assert.match(missing, /dashboard:reader: stack organization\/ecommerce\/shop has no database reader "nobody"/);
      assert.match(missing, /dashboard:server\.image: "no-such-image" is not there/);
    });

    it("says of a stack that is no store that it is none", async () => {
      const text = await failure(async (onOutput) =>
        (await lab.openExample("dashboard", "wrong", { "dashboard:store": "organization/bastion/one" })).preview({
          onOutput,
        }),
      );
      assert.match(text, /stack organization\/bastion\/one has no outputs of a store/);
    });

    it("stands in the app network, with no secret in the plain state", async () => {
      dashboard = await lab.openExample("dashboard", "one", { "dashboard:store": STORE });
      await timed("up of a dashboard on a store", () => dashboard.up());
      const [server] = (await lab.member.list("servers")).filter(({ name }) => name === "dashboard-one-server-1");
      assert.equal(server?.status, "ACTIVE");
      assert.equal((await portNamed("dashboard-one-server-1")).device, server?.id);
      const { readerPasswords } = await store.outputs();
      const state = await readFile(path.join(lab.backend, ".pulumi/stacks/dashboard/one.json"), "utf8");
      for (const secret of [readerPasswords?.value.reports, ...(await secretsOf(dashboard))]) {
        assert.ok(String(secret).length > 20 && !state.includes(String(secret)));
      }
      const { changeSummary } = await dashboard.preview();
      assert.deepEqual(Object.keys(changeSummary), ["same"]);
    });

    it("reports into its container with nothing but the container's own key", async () => {
      const folder = await mkdtemp(path.join(tmpdir(), "ecommerce-orders-"));
      try {
        const orders = JSON.parse((await userDataFiles(dashboard)).get("/etc/ecommerce/orders.json") ?? "{}");
        const config = path.join(folder, "orders.json");
        const report = async (key: string) => {
          // No store is asked: nothing boots in the lab, so there is no database.
          await writeFile(config, JSON.stringify({ ...orders, stores: [], reports: { ...orders.reports, key } }));
          const script = path.join(ROOT, "examples/dashboard/orders.py");
          return run("python3", [script, "report"], { env: { ORDERS_CONFIG: config } });
        };
        const { stdout } = await report(orders.reports.key);
        assert.match(stdout, /dashboard-one-reports\/orders-\d{4}-\d\d-\d\dT\d\dZ\.csv: 201$/);
        const [object] = await lab.member.rows("object-store", "/dashboard-one-reports?format=json");
        assert.match(String(object?.name), /^orders-.*\.csv$/);
        await assert.rejects(report("another key, of no container"), /401/);
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    it("finds the web and app servers in the real Nova, as an observer who may change nothing", async function () {
      if (!(await machinesWork())) return this.skip();
      const roots = await buildRoots({ operations: renderImageScript(await operations(), BASE) });
      const folder = await mkdtemp(path.join(tmpdir(), "ecommerce-prometheus-"));
      try {
        const config = path.join(folder, "prometheus.yml");
        await writeFile(config, (await userDataFiles(dashboard)).get("/etc/ecommerce/prometheus.yml") ?? "");
        const promtool = path.join(roots, "operations/usr/bin/promtool");
        const targets = async (job: string) => {
          const { stdout } = await run(promtool, ["check", "service-discovery", config, job]);
          const found: { labels: Record<string, string> }[] = JSON.parse(stdout);
          return found
            .map(({ labels = {} }) => labels.instance)
            .filter((one) => one !== undefined)
            .sort();
        };
        const health = async (...names: string[]) =>
          (await Promise.all(names.map(portNamed))).map(({ address }) => `http://${address}/healthz`).sort();
        assert.deepEqual(await targets("web"), await health("ecommerce-shop-web-1", "ecommerce-shop-web-2"));
        assert.deepEqual(await targets("app"), await health("ecommerce-shop-app-1"));
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });

  describe("while they live on it, the store", () => {
    it("is not taken down, and each of them is named", async () => {
      await assert.rejects(refuseWhileUsed(store, lab.env), ({ message }: Error) => {
        const [head, ...lines] = message.split("\n");
        assert.equal(head, "stack shop is in use; nothing was deleted:");
        assert.deepEqual(lines.map((line) => line.replace(/\(.*\)/, "()")).sort(), [
          "  port bastion-one-server-1 () is on its network ecommerce-shop-web: delete it first",
          "  port bastion-one-server-1-app () is on its network ecommerce-shop-app: delete it first",
          "  port dashboard-one-server-1 () is on its network ecommerce-shop-app: delete it first",
          "  stack organization/bastion/one references it: destroy that one first",
          "  stack organization/dashboard/one references it: destroy that one first",
        ]);
        return true;
      });
    });
  });

  describe("when they go", () => {
    it("they leave the store as it was", async () => {
      await dashboard.destroy({ remove: true });
      await bastion.destroy({ remove: true });
      assert.deepEqual(await picture(), untouched);
      assert.deepEqual(Object.keys((await store.preview()).changeSummary), ["same"]);
      assert.deepEqual(await dependents(store, lab.env), []);
    });

    it("the store can go as well, with nothing left behind", async () => {
      await store.destroy({ remove: true });
      assert.deepEqual(await lab.member.everything(), {});
    });
  });
});

/** Files that a stack's one server is given, by path. */
async function userDataFiles(stack: Stack): Promise<Map<string, string>> {
  const { deployment } = await stack.exportStack();
  const servers = deployment.resources.filter(
    ({ type }: { type: string }) => type === "openstack:compute/instance:Instance",
  );
  assert.equal(servers.length, 1);
  const { userData } = servers[0].inputs;
  const text = typeof userData === "string" ? userData : JSON.parse(userData.plaintext);
  const files: { path: string; content: string }[] = parse(text).write_files;
  return new Map(files.map(({ path: place, content }) => [place, content]));
}

/** The container's key and the observer's secret. */
async function secretsOf(stack: Stack): Promise<string[]> {
  const files = await userDataFiles(stack);
  const { reports } = JSON.parse(files.get("/etc/ecommerce/orders.json") ?? "{}");
  const [, secret = ""] =
    /application_credential_secret: (\S+)/.exec(files.get("/etc/ecommerce/prometheus.yml") ?? "") ?? [];
  return [reports.key, secret];
}
