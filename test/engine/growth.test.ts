import assert from "node:assert/strict";
import type { Stack } from "@pulumi/pulumi/automation";
import { z } from "zod";
import { bootFiles } from "../support/boot-files";
import { tokenOf } from "../support/container";
import { eventually } from "../support/eventually";
import { openLab, TEST_CLOUD, type TestLab } from "../support/lab";
import { ONE_EACH, SMALLEST } from "../support/stack-files";

const settingsSchema = z.object({
  authUrl: z.url(),
  containerUrl: z.url(),
  growth: z.object({
    to: z.number(),
    url: z.url(),
    credential: z.object({ id: z.string(), secret: z.string() }),
  }),
});
const config = (size: number) => ({
  ...ONE_EACH,
  "ecommerce:access": { packages: ["198.51.100.1/32"], services: ["127.0.0.1/32"] },
  "ecommerce:database": {
    ...SMALLEST.database,
    egress: true,
    volume: { size, onDestroy: "delete", grow: { to: 40 } },
    backups: { image: "debian-12", flavor: "m1.small" },
  },
});

describe("a volume that the keeper makes larger", function () {
  this.timeout("10m");
  let lab: TestLab;
  let growth: z.output<typeof settingsSchema>["growth"];
  let token: string;

  const open = (size = 10): Promise<Stack> => lab.open("growth", config(size));
  const size = async () => (await lab.member.list("volumes"))[0]?.size;
  const asks = async (method: string, url: string, body?: object) => {
    const headers = {
      "X-Auth-Token": token,
      "Content-Type": "application/json",
      "OpenStack-API-Version": "volume 3.42",
    };
    const answer = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return answer.status;
  };
  const extend = (gib: number, url = growth.url) => asks("POST", url, { "os-extend": { new_size: gib } });

  before(async () => {
    lab = await openLab();
    await (await open()).up();
    const files = (await bootFiles(lab)).filter(({ path }) => path === "/etc/ecommerce/keeper.json");
    assert.deepEqual(
      files.map(({ server }) => server),
      ["ecommerce-growth-keeper-1"],
    );
    const settings = settingsSchema.parse(JSON.parse(files[0]?.content ?? ""));
    growth = settings.growth;
    const { id: credentialId, secret } = growth.credential;
    token = await tokenOf({ ...settings, credentialId, secret });
  });

  after(async () => {
    await lab.command("reset", TEST_CLOUD);
  });

  it("grows while it is in use, by a credential that can do nothing else", async () => {
    assert.equal(await extend(13), 202);
    await eventually(size, (gib) => gib === 13, 30);
    const volume = growth.url.replace(/\/action$/, "");
    assert.equal(await asks("GET", volume), 401);
    assert.equal(await asks("DELETE", volume), 401);
    assert.equal(await extend(20, growth.url.replace(/[0-9a-f-]{36}\/action$/, `${crypto.randomUUID()}/action`)), 401);
    assert.equal(await asks("GET", `${lab.member.endpoint("compute")}/servers`), 401);
  });

  it("stays as large as it is, refreshed or not", async () => {
    for (const refresh of [false, true]) {
      const stack = await open();
      if (refresh) await stack.refresh();
      const { changeSummary, stdout } = await stack.preview({ diff: true });
      assert.deepEqual(Object.keys(changeSummary), ["same"], `refreshed: ${refresh}; ${stdout}`);
      await stack.up();
      assert.equal(await size(), 13);
    }
  });

  it("becomes larger where the stack file says more, and nothing where that says what it is", async () => {
    await (await open(13)).up();
    assert.equal(await size(), 13);
    await (await open(20)).up();
    assert.equal(await size(), 20);
  });
});
