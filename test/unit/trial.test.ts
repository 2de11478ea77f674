import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { BOOT_TYPE, SERVER_TYPE } from "../../components/scaling/template";
import { type TrialArgs, tryOut } from "../../components/scaling/trial";
import { ROOT } from "../../toolchain/paths";
import { BOOTING, FAILED, READY } from "../support/consoles";
import { FakeHeat, GROUP, type HeatInCloud } from "../support/fake-heat";
import { template } from "../support/group-template";

const TRIAL = `${GROUP}-trial`;

describe("a server on trial", () => {
  let heat: FakeHeat;
  const told: string[] = [];
  const warned: string[] = [];
  const parameters = { network: "net", subnet: "subnet", security_group: "group", server_group: "apart" };

  const onTrial = (cloud: HeatInCloud, more: Partial<TrialArgs> = {}): Promise<void> => {
    heat = new FakeHeat(cloud);
    told.length = 0;
    warned.length = 0;
    return tryOut({
      api: () => heat.api(),
      name: GROUP,
      template: template(),
      parameters,
      userData: "#cloud-config\nnew: true\n",
      seconds: 5,
      progress: (line) => told.push(line),
      warn: (line) => warned.push(line),
      pause: 0.02,
      consoles: 0.1,
      ...more,
    });
  };
  const made = () => heat.asked.filter((line) => line === "POST /stacks").length;
  const isGone = () => heat.asked.includes(`DELETE /stacks/${TRIAL}/trial-id`);
  afterEach(() => heat.close());

  it("boots, and goes when it is ready", async () => {
    await onTrial({ consoles: [BOOTING, READY] });
    assert.equal(made(), 1);
    assert.ok(isGone());
    assert.match(told.at(-1) ?? "", /was ready after 41 s; now Heat replaces the members/);
    assert.deepEqual(warned, []);
  });

  it("ends the up when Heat would begin a batch before the one before it serves", async () => {
    const waiting = (scaling: Readonly<Record<string, unknown>>) => ({ template: template({ scaling }) });
    await assert.rejects(
      onTrial({}, waiting({ warmup: 10, rollout: { pause: 30 } })),
      /keeps its servers: one on trial took 41 s.*after 40 s[\s\S]*set scaling\.warmup to 70 or more/,
    );
    assert.ok(isGone());
    heat.close();
    await onTrial({}, waiting({ warmup: 41, rollout: { pause: 0 } }));
    assert.deepEqual(warned, []);
  });

  it("warns when members would go before those that replace them serve, with the number to set", async () => {
    for (const rollout of [{ pause: 1 }, { pause: 0, batch: 5 }]) {
      await onTrial({}, { template: template({ scaling: { warmup: 40, rollout } }) });
      assert.match(warned.join(), /took 41 s.*each member goes 40 s after.*set scaling\.warmup to 70 or more/);
      assert.match(told.at(-1) ?? "", /now Heat replaces the members/);
      heat.close();
    }
  });

  it("boots as a member does, but is in no pool and counted by no alarm", async () => {
    await onTrial({});
    const { stack_name: name, template: own, environment, files } = JSON.parse(heat.bodies.join(""));
    assert.equal(name, TRIAL);
    const { boot, server } = own.resources;
    assert.deepEqual([boot.type, server.type], [BOOT_TYPE, SERVER_TYPE]);
    assert.deepEqual(environment.parameter_defaults, { user_data: "#cloud-config\nnew: true\n" });
    assert.deepEqual(Object.keys(files).sort(), Object.values(environment.resource_registry).sort());
    const member: Record<string, unknown> = template().resources.group.properties.resource.properties;
    for (const key of ["image", "flavor", "root_disk", "zone", "key_pair", "tags", "boot"])
      assert.deepEqual(server.properties[key], member[key], key);
    for (const [key, value] of Object.entries(parameters)) assert.equal(server.properties[key], value);
    assert.deepEqual(server.properties.metadata, { project: "ecommerce" });
    const { parameters: declared } = parse(
      readFileSync(path.join(ROOT, "components/scaling/heat/server.yaml"), "utf8"),
    );
    assert.deepEqual(Object.keys(server.properties).sort(), Object.keys(declared).sort());
    // Nobody who may read stacks is shown the user data as a parameter.
    assert.ok(!JSON.stringify(own).includes("new: true"));
  });

  it("ends the up when it fails, with its reason, and nobody is replaced", async () => {
    await assert.rejects(
      onTrial({ consoles: [BOOTING, FAILED] }),
      /keeps its servers[\s\S]*web-trial: FAILED after 30 s while fetching the release: the archive's SHA-256[\s\S]*No member was replaced/,
    );
    assert.ok(isGone());
  });

  it("ends the up when it is late", async () => {
    await assert.rejects(
      onTrial({ consoles: [BOOTING] }, { seconds: 0.2 }),
      /not ready after 0\.2 s \(boot\.handover\): booting for 3 s/,
    );
    assert.ok(isGone());
  });

  it("ends the up when Heat cannot make it, with Heat's reason", async () => {
    await assert.rejects(
      onTrial({ made: "CREATE_FAILED", reason: "No valid host was found" }),
      /could not be made: server: No valid host/,
    );
    assert.ok(isGone());
  });

  it("is left out with a warning where there is no room for it, or where nothing tells whether it is ready", async () => {
    await onTrial({ made: "CREATE_FAILED", reason: "Quota exceeded for instances" });
    assert.match(warned.join(), /without a trial, since there is no room.*Quota exceeded/);
    assert.ok(isGone());
    heat.close();
    for (const mute of [403, 409, ""]) {
      await onTrial({ consoles: [mute] });
      assert.match(warned.join(), /cannot say whether it is ready: its console (cannot be read|is empty)/);
      assert.ok(isGone());
      heat.close();
    }
  });

  it("is left out with a warning where Heat refuses it", async () => {
    await onTrial({ refused: { stacks: 403 } });
    assert.match(warned.join(), /without a trial, since Heat makes no stack for it: .*403: no more than 100 stacks/);
  });

  it("takes away first what a run that was killed has left", async () => {
    await onTrial({ left: true });
    const [first, second] = heat.asked.filter((line) => /^(DELETE|POST) \/stacks/.test(line));
    assert.deepEqual([first, second], [`DELETE /stacks/${TRIAL}/trial-id`, "POST /stacks"]);
  });
});
