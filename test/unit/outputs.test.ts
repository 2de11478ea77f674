import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { INTERFACE_VERSION, SECRET_OUTPUTS, type StoreOutputs, storeOutputs } from "../../components/outputs";
import { checkedOutputs, type FoundOutput, readStore } from "../../components/store-reference";
import { Storefront } from "../../components/storefront";
import { Recorder, record, settled } from "../support/recorder";
import { CLOUD, SMALLEST, STORAGE } from "../support/stack-files";

const NAME = "organization/ecommerce/prod";

/** What a store exports, as Pulumi keeps it. */
async function exported(changes: Record<string, unknown> = {}): Promise<Record<string, FoundOutput>> {
  const config = validate("ecommerce", { ...SMALLEST, ...changes });
  const cloud = { ...CLOUD, storage: STORAGE, machines: { ...CLOUD.machines, "services.search": CLOUD.machines.app } };
  const make = () => new Storefront("store", { config, cloud, naming: new Naming("ecommerce", "dev") });
  const { built } = await record(make);
  const outputs: StoreOutputs = built.outputs;
  const found = Object.entries(outputs).map(async ([name, one]) => {
    const output = pulumi.output<unknown>(one);
    // As JSON, which has no undefined.
    const text = JSON.stringify({ value: await settled(output), secret: await pulumi.isSecret(output) });
    return [name, JSON.parse(text)] as const;
  });
  return Object.fromEntries((await Promise.all(found)).filter(([, { value }]) => value !== undefined));
}

const others = (found: Record<string, FoundOutput>, ...names: string[]) =>
  Object.fromEntries(Object.entries(found).filter(([name]) => !names.includes(name)));

describe("a store's outputs", () => {
  it("are all that is promised, and exactly the promised ones are secrets", async () => {
    const backups = { image: "debian-12", flavor: "m1.small" };
    const database = { ...SMALLEST.database, readers: ["reports"], backups };
    const found = await exported({
      database,
      shop: { publicStatic: true },
      access: { services: ["192.0.2.0/24"] },
      services: { search: { flavor: "m1.small", scaling: { mode: "auto" } } },
      telemetry: { driver: "heat-signal" },
    });
    assert.deepEqual(Object.keys(found).sort(), Object.keys(storeOutputs.shape).sort());
    const secrets = Object.entries(found).filter(([, { secret }]) => secret);
    assert.deepEqual(secrets.map(([name]) => name).sort(), [...SECRET_OUTPUTS].sort());
    const facts = checkedOutputs(NAME, found);
    assert.deepEqual(facts.databaseRoute, { destination: "10.20.2.0/24", nextHop: "10.20.1.2" });
    assert.deepEqual(facts.readerPasswords, { reports: "generated" });
    assert.equal(facts.name, "ecommerce-dev");
    assert.equal(facts.staticUrl, "https://swift.example.com/v1/AUTH_p/ecommerce-dev-static/");
  });

  it("are sound without what a store may lack", async () => {
    const found = await exported({ cloud: { ...SMALLEST.cloud, objectStorage: false } });
    assert.equal(checkedOutputs(NAME, found).containers, undefined);
    assert.deepEqual(checkedOutputs(NAME, found).scaling, {});
  });

  it("are left out where a store lacks them: the engine warns of outputs without a value", async () => {
    const config = validate("ecommerce", { ...SMALLEST, cloud: { ...SMALLEST.cloud, objectStorage: false } });
    const make = () => new Storefront("store", { config, cloud: CLOUD, naming: new Naming("ecommerce", "dev") });
    const { built } = await record(make);
    for (const [name, output] of Object.entries(built.outputs)) {
      assert.notEqual(await settled(pulumi.output<unknown>(output)), undefined, name);
    }
    assert.ok(!("staticUrl" in built.outputs) && !("containers" in built.outputs));
    assert.ok("databaseRoute" in built.outputs);
  });

  it("tell an elastic group's handles, and its addresses in secret", async () => {
    const found = await exported({ web: { ...SMALLEST.web, scaling: { mode: "auto" } } });
    const { scaling } = checkedOutputs(NAME, found);
    assert.deepEqual(scaling, {
      web: {
        stackId: "id-of-store-web",
        policyIds: { grow: "grow-id", shrink: "shrink-id" },
        alarmIds: { busy: "busy-id", idle: "idle-id" },
      },
    });
  });
});

describe("reading a store's outputs", () => {
  it("names everything that is missing or of another form, with stack and version, and shows no value", async () => {
    const found = others(await exported(), "databaseCaCertificate", "vips");
    const broken = { ...found, readerPasswords: { value: { reports: 4711 }, secret: true } };
    assert.throws(
      () => checkedOutputs(NAME, broken),
      ({ message }: Error) => {
        const [head, ...lines] = message.split("\n");
        assert.equal(head, `outputs of stack ${NAME}, interface version ${INTERFACE_VERSION}:`);
        assert.deepEqual(lines.slice(0, 2), [
          "  vips is missing; bring that stack up again",
          "  databaseCaCertificate is missing; bring that stack up again",
        ]);
        assert.match(lines[2] ?? "", /^ {2}readerPasswords\.reports is of another form: .*expected string/);
        assert.doesNotMatch(message, /4711/);
        return lines.length === 3;
      },
    );
  });

  it("refuses another version, and a stack that has no store", async () => {
    const found = await exported();
    const newer = { ...found, interfaceVersion: { value: 2, secret: false } };
    assert.throws(
      () => checkedOutputs(NAME, newer),
      /prod has outputs of interface version 2, this program reads version 1/,
    );
    assert.throws(() => checkedOutputs(NAME, {}), /stack organization\/ecommerce\/prod has no outputs of a store/);
  });

  it("refuses a secret where it would be handed on as a plain value", async () => {
    const found = await exported();
    const odd = { ...found, storefrontUrl: { value: "https://u:p@example.com/", secret: true } };
    assert.throws(() => checkedOutputs(NAME, odd), /storefrontUrl is a secret there, and must be none/);
  });

  it("lets newer names pass, and hands on plain values and secret outputs", async () => {
    const found = { ...(await exported()), somethingNew: { value: "x", secret: false } };
    const stacks = new Recorder();
    stacks.newResource = ({ inputs, type }) => {
      assert.equal(type, "pulumi:pulumi:StackReference");
      const outputs = Object.fromEntries(Object.entries(found).map(([name, { value }]) => [name, value]));
      return { id: String(inputs.name), state: { ...inputs, outputs, secretOutputNames: [...SECRET_OUTPUTS] } };
    };
    const { built } = await record(() => readStore(NAME), stacks);
    const store = await built;
    assert.deepEqual(store.cidrs, { web: "10.20.0.0/24", app: "10.20.1.0/24", db: "10.20.2.0/24" });
    for (const name of SECRET_OUTPUTS) assert.ok(await pulumi.isSecret(pulumi.output<unknown>(store[name])), name);
    assert.deepEqual(await settled(store.databasePasswords), { opencart: "generated" });
  });
});
