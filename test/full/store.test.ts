import assert from "node:assert/strict";
import { PROJECT, readStackFile } from "../../commands/stack/stack-file";
import { labStore } from "../../commands/store/lab-store";
import { validate } from "../../components/config/validate";
import { PORTS } from "../../components/core/security-rule";
import { connectionFacts, ruleTable } from "../../components/features/connections";
import { timed } from "../support/figures";
import { type FullStore, inside, withFullStore } from "../support/full-lab";
import { reachable } from "../support/reachability";
import { look, Shopper, sells } from "../support/shopper";

describe("a store whose servers run", function () {
  this.timeout("15m");
  let store: FullStore;

  withFullStore((given) => {
    store = given;
  });

  it("sells: what is bought at one app server is in the cart at the other", async () => {
    await timed("from the end of up to the first page", () => sells(store.url));
    const shopper = new Shopper(store.url);
    await shopper.visit("checkout/cart.add", { product_id: "3" });
    // Side by side, since web servers keep their connections, and a connection stays where it leads.
    const carts = await Promise.all(Array.from({ length: 48 }, () => shopper.visit("checkout/cart")));
    const served = new Set(carts.map((cart) => /on (\S+-app-\d)/.exec(cart)?.[1] ?? cart));
    assert.deepEqual([...served].sort(), ["ecommerce-full-app-1", "ecommerce-full-app-2"]);
    for (const cart of carts) assert.match(cart, /Canoe<td>1</);
    assert.ok((await shopper.buy()) > 0);
  });

  it("has nothing to do in the next preview, and no drift", async () => {
    const { changeSummary } = await store.stack.preview();
    assert.deepEqual(Object.keys(changeSummary), ["same"]);
  });

  it("every server has come to the end of its first boot, and says so on its console", async () => {
    for (const server of ["web-1", "web-2", "app-1", "app-2", "db-1", "keeper-1"]) {
      const report = JSON.parse(await inside(server, "cat /var/lib/ecommerce/report.json"));
      assert.equal(report.status, "ready", server);
      const failed = await inside(server, "systemctl --failed --no-legend --plain | cut -d' ' -f1");
      assert.equal(failed, "", `${server}: ${failed}`);
    }
    const servers = await store.lab.member.list("servers");
    const database = servers.find(({ name }) => name === "ecommerce-full-db-1");
    const path = `/servers/${database?.id}/action`;
    const { output } = await store.lab.member.call("compute", path, "POST", { "os-getConsoleOutput": {} });
    assert.match(String(output), /ecommerce: \[\d+ s\] database is ready/);
  });

  it("every server installs security updates in the window, in a turn of its own", async () => {
    const turns = new Map<string, string>();
    for (const server of ["web-1", "web-2", "app-1", "app-2", "db-1", "keeper-1"]) {
      const next = "systemctl show apt-daily-upgrade.timer --property=NextElapseUSecRealtime --value";
      const [, time = "none"] = /(0[23]:\d\d):00 UTC$/.exec(await inside(server, next)) ?? [];
      assert.equal(turns.get(time), undefined, `${server} at ${time}, as another one`);
      turns.set(time, server);
    }
    assert.ok(!turns.has("none"), "no time within the window");
  });

  it("security as configured is security as seen, packet by packet", async () => {
    const { sections } = await readStackFile("dev");
    const changes = await labStore(store.lab.env, "dev");
    const own = Object.entries(changes).map(([key, value]) => [key.replace(`${PROJECT}:`, ""), value]);
    const config = validate(PROJECT, { ...sections, ...Object.fromEntries(own) });
    const cidrs: Record<"web" | "app" | "db", string> = store.outputs.cidrs?.value;
    const vips: Record<"web" | "app", string> = store.outputs.vips?.value;
    const facts = connectionFacts(config);
    const rules = ruleTable(facts);
    const { groups } = facts;
    const addresses: Record<string, string> = {};
    for (const server of ["web-1", "web-2", "app-1", "app-2", "db-1", "keeper-1"])
      addresses[server] = await inside(server, "ip -4 -o address show eth0 | awk '{print $4}' | cut -d/ -f1");
    const ports = [PORTS.ssh, PORTS.http, PORTS.https, PORTS.mysql, 8080];
    const { expected, seen } = await reachable({ groups, rules, cidrs, vips, addresses, ports });
    assert.ok(Object.values(expected).includes("reached"), "the table lets nobody reach anything");
    assert.deepEqual(seen, expected);
  });

  it("shows the outside the shop, and nothing else", async () => {
    const address = String(store.outputs.publicAddress?.value);
    for (const port of [PORTS.ssh, PORTS.https, PORTS.mysql])
      assert.equal(await look(`http://${address}:${port}/`), undefined);
    assert.ok(await look(`http://${address}/`));
  });
});
