import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation";
import { eventually } from "../../support/eventually";
import { timed } from "../../support/figures";
import { openLab, type TestLab } from "../../support/lab";
import { ONE_EACH } from "../../support/stack-files";

describe("the lab, restarted under a living store", function () {
  this.timeout("10m");
  let lab: TestLab;
  let stack: Stack;

  before(async () => {
    lab = await openLab();
    stack = await lab.open("restart", {
      ...ONE_EACH,
    });
    await stack.up();
    await timed("lab down, with three servers and two balancers", () => lab.command("down"));
    await timed("lab up, warm", () => lab.command("up"));
  });

  const database = async () => (await lab.member.list("servers")).find(({ name }) => name === "ecommerce-restart-db-1");

  it("has lost and changed nothing", async () => {
    const servers = await lab.member.list("servers");
    assert.deepEqual(
      servers.map(({ status }) => status),
      ["ACTIVE", "ACTIVE", "ACTIVE"],
    );
    const refreshed = await stack.refresh();
    assert.deepEqual(Object.keys(refreshed.summary.resourceChanges ?? {}), ["same"]);
  });

  it("reboots a server that was there before", async () => {
    const id = (await database())?.id;
    await lab.member.call("compute", `/servers/${id}/action`, "POST", { reboot: { type: "HARD" } });
    const status = async () => [(await database())?.status, (await database())?.["OS-EXT-STS:task_state"]];
    await eventually(status, ([state, task]) => state === "ACTIVE" && task === null);
  });

  it("detaches and attaches the volume", async () => {
    const server = (await database())?.id;
    const volume = async () => (await lab.member.list("volumes"))[0];
    const id = (await volume())?.id;
    const becomes = (wanted: string) => eventually(volume, (found) => found?.status === wanted);
    await lab.member.call("compute", `/servers/${server}/os-volume_attachments/${id}`, "DELETE");
    await becomes("available");
    await lab.member.call("compute", `/servers/${server}/os-volume_attachments`, "POST", {
      volumeAttachment: { volumeId: id },
    });
    await becomes("in-use");
  });

  it("changes a balancer", async () => {
    const balancer = async () => (await lab.member.list("loadbalancers"))[0];
    const id = (await balancer())?.id;
    const path = `/v2/lbaas/loadbalancers/${id}`;
    await lab.member.call("load-balancer", path, "PUT", { loadbalancer: { description: "changed" } });
    await eventually(balancer, (found) => found?.provisioning_status === "ACTIVE" && found.description === "changed");
  });

  it("destroys the store", async () => {
    await stack.destroy({ remove: true });
    assert.deepEqual(await lab.member.everything(), {});
  });
});
