import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as openstack from "@pulumi/openstack";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";
import { repair } from "../../commands/repair/repair";
import { Findings } from "../../components/cloud/findings";
import { openSession } from "../../components/cloud/session";
import { ensureToolchain } from "../../toolchain/ensure";
import { ROOT } from "../../toolchain/paths";
import { type FakeNeutron, fakeNeutron } from "../support/fake-neutron";
import { noFaults, theseFaults } from "../support/fault-plan";
import { FaultProxy } from "../support/fault-proxy";

/** A network and its subnet, as the store's are named, tagged and described. */
const PROGRAM = `
const { networking } = require("@pulumi/openstack");
const common = { tags: ["store-one"], description: "of store-one" };
const network = new networking.Network("web", { name: "store-one-web", ...common });
new networking.Subnet("web", { name: "store-one-web", networkId: network.id, cidr: "10.0.0.0/24", noGateway: true, ...common });
`;
const NETWORK = 'POST network /v2.0/networks "store-one-web" #1';
const SUBNET = 'POST network /v2.0/subnets "store-one-web" #1';

/** The real engine and the real provider on a made-up Neutron, with faults between. */
describe("the provider and a cloud that stumbles", function () {
  this.timeout("3m");
  let folder: string;
  let env: Record<string, string>;
  let neutron: FakeNeutron;
  let proxy: FaultProxy;
  let stack: Stack;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "ecommerce-lost-"));
    // The store's own settings of the provider.
    const { config } = parse(await readFile(path.join(ROOT, "Pulumi.yaml"), "utf8"));
    const runtime = { name: "nodejs", options: { typescript: false } };
    await writeFile(path.join(folder, "Pulumi.yaml"), stringify({ name: "store", runtime, main: "index.js", config }));
    await writeFile(path.join(folder, "package.json"), "{}");
    await writeFile(path.join(folder, "index.js"), PROGRAM);
    await symlink(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  beforeEach(async () => {
    neutron = await fakeNeutron();
    proxy = await FaultProxy.start(neutron.authUrl, { silenceSeconds: 5 });
    env = {
      ...(await ensureToolchain()),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "of a test",
      OS_AUTH_URL: proxy.urlOf(neutron.authUrl),
      OS_REGION_NAME: "here",
      OS_USERNAME: "user",
      OS_PASSWORD: "password",
      OS_PROJECT_NAME: "project",
      OS_USER_DOMAIN_NAME: "Default",
      OS_PROJECT_DOMAIN_NAME: "Default",
    };
    Object.assign(process.env, env);
    stack = await LocalWorkspace.createOrSelectStack({ stackName: "one", workDir: folder }, { envVars: env });
  });
  afterEach(async () => {
    proxy.follow(noFaults);
    await stack.destroy({ remove: true });
    assert.deepEqual([...names("networks"), ...names("subnets")], []);
    proxy.close();
    neutron.close();
  });

  const names = (collection: string) => (neutron.rows[collection] ?? []).map(({ name }) => name);
  const failure = () =>
    stack.up().then(
      () => "",
      (error) => String(error),
    );

  const GET = "GET network /v2.0/networks/{id} #1";
  for (const [asked, fault, text] of [
    [SUBNET, "reset after", /Error creating openstack_networking_subnet_v2: Post \S+ OpenStack connection error/],
    [NETWORK, "truncated", /Error creating openstack_networking_network_v2: unexpected EOF/],
    // The provider forgets a network that it cannot look at.
    [
      GET,
      "unavailable",
      /waiting for openstack_networking_network_v2 [0-9a-f-]{36} to become available: [\s\S]* got 503/,
    ],
  ] as const) {
    it(`${asked}, ${fault}: made once though the provider may repeat itself; repair adopts it, and up goes on`, async () => {
      proxy.follow(theseFaults({ [asked]: fault }));
      assert.match(await failure(), text);
      assert.deepEqual([names("networks").length, names("subnets").length], [1, asked === SUBNET ? 1 : 0]);
      proxy.follow(noFaults);
      assert.equal(await repair(stack, env), 1);
      await stack.up();
      assert.deepEqual([names("networks").length, names("subnets").length], [1, 1]);
      assert.deepEqual((await stack.preview()).changeSummary, { same: 3 });
    });
  }

  it("adopts no network that is older than the run that failed, nor one that has a subnet", async () => {
    const old = {
      name: "store-one-web",
      tags: ["store-one"],
      description: "of store-one",
      project_id: "0123456789abcdef0123456789abcdef",
    };
    const others = [
      { ...old, id: "of-an-earlier-store", status: "ACTIVE", created_at: "2020-01-01T00:00:00Z" },
      { ...old, id: "in-use", status: "ACTIVE", created_at: new Date().toISOString(), subnets: ["somebody's"] },
    ];
    neutron.rows.networks?.push(...others);
    proxy.follow(theseFaults({ [NETWORK]: "server error" }));
    assert.match(await failure(), /but got 500 instead/);
    proxy.follow(noFaults);
    assert.equal(await repair(stack, env), 0);
    neutron.rows.networks?.splice(0, others.length);
  });

  it("notices nothing of limits, of connections that break before something is asked, and of silence", async () => {
    const faults = { [NETWORK]: "too many", [GET]: "reset before", [SUBNET]: "silence" } as const;
    proxy.follow(theseFaults(faults));
    await stack.up();
    assert.deepEqual(proxy.done.map(({ fault }) => fault).sort(), Object.values(faults).sort());
    assert.deepEqual([names("networks").length, names("subnets").length], [1, 1]);
    proxy.done.length = 0;
    proxy.follow(theseFaults({ "DELETE network /v2.0/subnets/{id} #1": "reset after" }));
    await stack.destroy();
    assert.equal(proxy.done.length, 1);
  });

  it("bears lookups that a gateway does not answer at first, and says so where it never does, and at a sign-in at once", async () => {
    neutron.rows.networks?.push({ id: "there", name: "public", status: "ACTIVE", project_id: "other" });
    const options = {
      stackName: "looks",
      projectName: "looks",
      program: async () => {
        const { region } = await openSession("looks");
        const findings = new Findings("ecommerce");
        const find = () => openstack.networking.getNetwork({ name: "public" });
        const found = await findings.look("cloud.externalNetwork", "public", "openstack network list", find);
        findings.throwIfAny();
        return { region, id: found?.id };
      },
    };
    const looks = await LocalWorkspace.createOrSelectStack(options, { envVars: env });
    await looks.setConfig("openstack:maxRetries", { value: "5" });
    const signIn = "POST identity /v3/auth/tokens #1";
    const lookUp = (nth: number) => `GET network /v2.0/networks #${nth}`;
    try {
      proxy.follow(theseFaults({ [signIn]: "too many", [lookUp(1)]: "unavailable", [lookUp(2)]: "truncated" }));
      const { outputs } = await looks.up();
      assert.deepEqual([outputs.region?.value, outputs.id?.value], ["here", "there"]);
      assert.equal(proxy.done.length, 3);
      proxy.follow(({ method, service }) => (method === "GET" && service === "network" ? "unavailable" : undefined));
      await assert.rejects(looks.up(), (error) => {
        const text =
          /ecommerce:cloud\.externalNetwork: whether the cloud has "public" cannot be told, run it again: .*503 Service Unavailable No server is available to handle this request\..* \(asked 4 times\)/;
        assert.match(String(error), text);
        return true;
      });
      proxy.follow(theseFaults({ [signIn]: "unavailable" }));
      await assert.rejects(looks.up(), (error) => {
        assert.match(String(error), /POST \S+\/auth\/tokens\], but got 503 instead/);
        return !/asked \d times/.test(String(error));
      });
    } finally {
      proxy.follow(noFaults);
      await looks.destroy({ remove: true });
      neutron.rows.networks?.splice(0);
    }
  });
});
