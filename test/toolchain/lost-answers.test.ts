import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";
import { repair } from "../../commands/repair/repair";
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
  });
});
