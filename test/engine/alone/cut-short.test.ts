import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Stack } from "@pulumi/pulumi/automation";
import { repair } from "../../../commands/repair/repair";
import { failure, type TestLab, withLabEmptiedAfterEach } from "../../support/lab";
import { ONE_EACH } from "../../support/stack-files";

/** Seconds: into the networks and their rules, the balancers and the servers. */
const KILLED_AFTER = [5, 7, 9, 12];
/** A quick machine is through before the last. */
const KILLED_AT_LEAST = 2;

describe("an up that was cut short", function () {
  this.timeout("10m");
  let lab: TestLab;

  withLabEmptiedAfterEach((given) => {
    lab = given;
  });

  it("an API that is away for a while: the next up heals, and nothing is made twice", async () => {
    const stack = await lab.open("away", ONE_EACH);
    const without = async (service: string) => {
      await lab.command("stop", service);
      try {
        return await failure((onOutput) => stack.up({ onOutput }));
      } finally {
        await lab.command("start", service);
      }
    };
    const text = await without("cinder-api");
    assert.match(
      text,
      /what the store has in the cloud cannot be looked up; nothing was created or changed: .*ECONNREFUSED/,
    );
    assert.match(await without("swift-proxy"), /store-(static|backups|media)/);
    await stack.up();
    await expectWhole(lab);
  });

  it("a balancer that cannot be made: up fails, and after a repair the next up goes on", async () => {
    const stack = await lab.open("balancer", ONE_EACH);
    const room = await NoRoomForBalancers.make(lab);
    try {
      const text = await failure((onOutput) => stack.up({ onOutput }));
      assert.match(text, /unexpected state 'ERROR', wanted target 'ACTIVE'/);
    } finally {
      await room.end();
    }
    const again = await failure((onOutput) => stack.up({ onOutput }));
    assert.match(
      again,
      /are in ERROR; nothing was created or changed:\s+ecommerce-balancer-(web|app) \([0-9a-f-]{36}\)/,
    );
    assert.equal(await repair(stack, lab.env), 0);
    const left = await lab.member.list("loadbalancers");
    assert.ok(!left.some(({ provisioning_status: status }) => status === "ERROR"));
    await stack.up();
    await expectWhole(lab);
  });

  it("the engine killed in the middle of up, time and again: repair adopts what it left, nothing is made twice", async () => {
    let adopted = 0;
    let killed = 0;
    for (const seconds of KILLED_AFTER) {
      const stack = await lab.open("killed", ONE_EACH);
      if (!(await killAfter(seconds, stack, lab))) break;
      killed += 1;
      await stack.cancel(); // as Pulumi's own message says: the dead engine's lock is still there
      adopted += await repair(stack, lab.env);
    }
    assert.ok(killed >= KILLED_AT_LEAST, `it was through after ${killed} kills: choose earlier moments`);
    assert.ok(adopted > 0, "no kill hit anything: choose other moments");
    const stack = await lab.open("killed", ONE_EACH);
    await stack.up();
    await expectWhole(lab);
    await stack.destroy({ remove: true });
    assert.deepEqual(await lab.member.everything(), {});
  });
});

/** Octavia cannot make the security group that a balancer's address needs, since its own project may have no more. */
class NoRoomForBalancers {
  private constructor(
    private readonly lab: TestLab,
    private readonly service: string,
  ) {}

  static async make(lab: TestLab): Promise<NoRoomForBalancers> {
    const [service] = await lab.admin.rowsOf("identity", "/projects?name=service", "projects");
    const room = new NoRoomForBalancers(lab, String(service?.id));
    const groups = `/v2.0/security-groups?project_id=${room.service}`;
    await room.allow((await lab.admin.rowsOf("network", groups, "security_groups")).length);
    return room;
  }

  /** As the lab sets it up. */
  async end(): Promise<void> {
    await this.allow(-1);
  }

  private async allow(groups: number): Promise<void> {
    await this.lab.admin.call("network", `/v2.0/quotas/${this.service}`, "PUT", { quota: { security_group: groups } });
  }
}

/**
 * Plain pulumi, in a process group of its own, so that the engine can be ended without a chance to tidy up.
 * @returns false where it was through before
 */
async function killAfter(seconds: number, stack: Stack, lab: TestLab): Promise<boolean> {
  const child = spawn("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack.name], {
    cwd: stack.workspace.workDir,
    env: { ...process.env, ...lab.env },
    detached: true,
    stdio: "ignore",
  });
  const closed = new Promise((resolve) => child.once("close", resolve));
  await sleep(seconds * 1000);
  assert.ok(child.pid);
  const isThrough = child.exitCode !== null;
  if (!isThrough) process.kill(-child.pid, "SIGKILL");
  await closed;
  return !isThrough;
}

/** All of the small store is there, once. */
async function expectWhole(lab: TestLab): Promise<void> {
  const everything = await lab.member.everything();
  for (const [kind, names] of Object.entries(everything)) {
    const named = names.filter((name) => name !== "" && !String(name).startsWith("octavia-lb-"));
    assert.equal(new Set(named).size, named.length, `${kind} made twice: ${named}`);
  }
  assert.equal(everything.servers?.length, 3);
  assert.equal(everything.networks?.length, 3);
}
