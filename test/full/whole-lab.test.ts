import assert from "node:assert/strict";
import { eventually } from "../support/eventually";
import { timed } from "../support/figures";
import { type FullStore, inside, serverId, serves, withFullStore } from "../support/full-lab";
import { bought } from "../support/guest";
import { leftovers } from "../support/leftovers";
import { sells } from "../support/shopper";

const SERVERS = ["web-1", "web-2", "app-1", "app-2", "db-1", "keeper-1"];
// The last of all, by its name: what it does to the lab, it does to every other test.
describe("a store that was away", function () {
  this.timeout("15m");
  let store: FullStore;
  withFullStore((given) => {
    store = given;
  });

  const expectGuarded = async (server: string) => {
    const ask = "curl -s -m 3 -o /dev/null -w '%{http_code}' http://169.254.169.254/openstack/latest/user_data || true";
    assert.equal(await inside(server, `runuser -u nobody -- sh -c "${ask}"`), "000", server);
    assert.equal(await inside(server, ask), "200", server);
    const copies = "ls /var/lib/cloud/instances/*/user-data.txt* 2>/dev/null || true";
    // cloud-init writes them at every boot, and they go at its end.
    await eventually(
      () => inside(server, copies),
      (found) => found === "",
    );
  };

  it("keeps user data from everybody but root", async () => {
    for (const server of SERVERS) await expectGuarded(server);
  });

  for (const server of SERVERS) {
    it(`comes back by itself when ${server} is rebooted, and its user data is as well kept as before`, async () => {
      const booted = () => inside(server, "stat -c %Y /proc/1").catch(() => "");
      const before = await booted();
      const path = `/servers/${await serverId(store, server)}/action`;
      await store.lab.member.call("compute", path, "POST", { reboot: { type: "HARD" } });
      await timed(`from the reboot of ${server} to its service`, async () => {
        await eventually(booted, (time) => time !== "" && time !== before, 120);
        await serves(server);
      });
      await sells(store.url);
      await expectGuarded(server);
      await bought(store.url);
    });
  }

  it("comes back by itself when the whole lab was stopped, which left nothing on the machine", async () => {
    await store.lab.command("down");
    assert.deepEqual(await leftovers(store.lab.env.LAB_HOME ?? ""), []);
    await timed("lab up, with six servers", () => store.lab.command("up"));
    await timed("from there to the first page", () => sells(store.url));
    await bought(store.url);
    for (const server of SERVERS) await expectGuarded(server);
  });
});
