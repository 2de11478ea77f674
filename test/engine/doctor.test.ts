import assert from "node:assert/strict";
import { parse } from "yaml";
import { examine } from "../../commands/doctor/examine";
import type { Finding } from "../../commands/doctor/finding";
import { remediation } from "../../commands/doctor/report";
import { signIn } from "../../commands/stack/sign-in";
import { PROJECT, readStackFile } from "../../commands/stack/stack-file";
import type { Session } from "../../components/cloud/session";
import { validate } from "../../components/config/validate";
import { credentialEnvironment } from "../support/application-credential";
import { timed } from "../support/figures";
import { openLab, type TestLab } from "../support/lab";
import { SMALLEST } from "../support/stack-files";

type Sections = Readonly<Record<string, unknown>>;

describe("the doctor", function () {
  this.timeout("5m");
  let lab: TestLab;
  let session: Session;
  const askedWith = new Set<string>();
  /** Looks under way: what they ask with counts, and nothing else. */
  let looking = 0;

  before(async () => {
    lab = await openLab();
    Object.assign(process.env, lab.env);
    const own = await signIn({}, lab.env);
    session = {
      ...own,
      send: (url, init) => {
        if (looking > 0) askedWith.add(init.method ?? "GET");
        return own.send(url, init);
      },
    };
  });

  const look = async (sections: Sections, where = session) => {
    looking += 1;
    try {
      return await examine(where, validate(PROJECT, sections), `${PROJECT}-doctored`);
    } finally {
      looking -= 1;
    }
  };
  const wrongs = (findings: readonly Finding[]) => findings.filter(({ state }) => state === "wrong");
  const keys = (findings: readonly Finding[]) => wrongs(findings).map(({ key }) => key);
  const without = (...types: string[]) => ({
    ...session,
    serviceCatalogs: session.serviceCatalogs.filter(({ type }) => !types.includes(type)),
  });
  /** The stack file with what the doctor proposes pasted in. */
  const cured = (sections: Sections, findings: readonly Finding[]): Sections => {
    const pasted: Sections = parse(remediation(PROJECT, sections, findings) ?? "");
    const own = Object.entries(pasted).map(([key, section]) => [key.replace(`${PROJECT}:`, ""), section]);
    return { ...sections, ...Object.fromEntries(own) };
  };

  it("finds nothing in the way of the stack files that come with the program", async () => {
    for (const stack of ["dev", "prod"]) {
      const { sections } = await readStackFile(stack);
      assert.deepEqual(wrongs(await timed(`doctor of ${stack}`, () => look(sections))), []);
    }
  });

  it("names everything that the cloud does not have, and its remediation leaves nothing in the way", async () => {
    const sections = {
      ...SMALLEST,
      cloud: { externalNetwork: "ext-net", computeZones: ["nova", "az9"], volumeZones: ["az9"] },
      web: { image: "Ubuntu 24.04", flavor: "c5.large" },
      app: { image: "debian-12", flavor: "v1.small", scaling: { mode: "auto", window: 14 }, count: 3 },
      database: { ...SMALLEST.database, flavor: "no.such" },
      telemetry: { granularity: 7, sampling: 7 },
    };
    const findings = await look(sections);
    assert.deepEqual(keys(findings), [
      "cloud.externalNetwork",
      "web.image",
      "web.flavor",
      "app.flavor",
      "database.flavor",
      "cloud.computeZones",
      "cloud.volumeZones",
      "telemetry.granularity",
    ]);
    const after = cured(sections, findings);
    assert.deepEqual(after.web, { image: "ubuntu-24.04", flavor: "m1.small" });
    assert.throws(() => validate(PROJECT, after), /app\.scaling\.window is 14; it must be a multiple/);
    const app = {
      ...SMALLEST.app,
      rootDisk: { size: 20 },
      flavor: "v1.small",
      scaling: { mode: "auto", window: 120, max: 4 },
    };
    assert.deepEqual(wrongs(await look({ ...after, app })), []);
  });

  it("names what has no remediation: a volume type, a key pair, a router, a certificate", async () => {
    const findings = await look({
      ...SMALLEST,
      cloud: { externalNetwork: "public", keyPair: "nobody", router: "none", floatingIp: "203.0.113.249" },
      database: { ...SMALLEST.database, volume: { size: 10, type: "fast" } },
      balancing: { provider: "f5", tls: { container: "no-such" } },
    });
    assert.deepEqual(
      keys(findings),
      ["cloud.router", "cloud.floatingIp", "cloud.keyPair", "database.volume.type", "balancing.provider"].concat(
        "balancing.tls.container",
      ),
    );
  });

  it("knows when quotas are too small for the largest size", async () => {
    const web = { ...SMALLEST.web, scaling: { mode: "auto", max: 30 } };
    const findings = await look({ ...SMALLEST, web });
    const texts = wrongs(findings).map(({ key, text }) => `${key}: ${text}`);
    assert.ok(texts.includes("quota: servers: 33 needed, 10 free of 10"), texts.join("\n"));
    assert.ok(texts.includes("quota: vCPUs: 33 needed, 20 free of 20"), texts.join("\n"));
    assert.ok(texts.includes("web: 30 servers, but a server group takes 10 at most"), texts.join("\n"));
  });

  const AWAY = {
    "object-store": ["cloud.objectStorage"],
    alarming: ["telemetry.driver"],
    metric: ["telemetry.driver"],
    orchestration: ["web.scaling.mode", "app.scaling.mode"],
    "key-manager": ["balancing.tls"],
  };
  for (const [service, expected] of Object.entries(AWAY)) {
    it(`without ${service}: a way without it, ready to paste`, async () => {
      const { sections } = await readStackFile("prod");
      const findings = await look(sections, without(service));
      assert.deepEqual(keys(findings), expected);
      assert.deepEqual(wrongs(await look(cured(sections, findings), without(service))), []);
    });
  }

  it("without Octavia: HAProxy, ready to paste", async () => {
    const { sections } = await readStackFile("dev");
    const findings = await look(sections, without("load-balancer"));
    assert.deepEqual(keys(findings), ["balancing.driver"]);
    const after = cured(sections, findings);
    assert.deepEqual(after.balancing, { driver: "haproxy", servers: { image: "debian-12", flavor: "m1.small" } });
    assert.deepEqual(wrongs(await look(after, without("load-balancer"))), []);
  });

  it("knows which providers this Octavia has", async () => {
    const withProvider = async (provider: string) => wrongs(await look({ ...SMALLEST, balancing: { provider } }));
    for (const there of ["amphora", "ovn"]) assert.deepEqual(await withProvider(there), []);
    const findings = await withProvider("f5");
    assert.deepEqual(keys(findings), ["balancing.provider"]);
    // Without ovn, which cannot take another one's place.
    assert.equal(findings[0]?.text, '"f5" is not there; there are: amphora, octavia');
  });

  it("sees that a restricted application credential cannot have elastic groups", async () => {
    const { sections } = await readStackFile("prod");
    const env = { ...lab.env, ...(await credentialEnvironment(lab, false)) };
    Object.assign(process.env, env);
    const findings = wrongs(await look(sections, await signIn({}, env)));
    Object.assign(process.env, lab.env);
    assert.match(
      findings.map(({ text }) => text).join("\n"),
      /groups need a trust; the application credential "test-restricted" may not make one/,
    );
  });

  it("has only ever read", () => {
    assert.deepEqual([...askedWith], ["GET"]);
  });
});
