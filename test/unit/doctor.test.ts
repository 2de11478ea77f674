import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { backups } from "../../commands/doctor/checks/backups";
import { balancing } from "../../commands/doctor/checks/names";
import { remains } from "../../commands/doctor/checks/remains";
import { readable, seconds } from "../../commands/doctor/checks/scaling";
import { CloudView } from "../../commands/doctor/cloud-view";
import { fine, named, nearest, unknown, wrong } from "../../commands/doctor/finding";
import { remediation, report } from "../../commands/doctor/report";
import { validate } from "../../components/config/validate";
import { fakeEndpoint } from "../support/fake-endpoint";
import { SMALLEST } from "../support/stack-files";

describe("the doctor on balancing", () => {
  const look = async (own: object, ...providers: string[]) => {
    const body = JSON.stringify({ providers: providers.map((name) => ({ name, description: "" })) });
    const { session, close } = await fakeEndpoint("load-balancer", () => ({ body }));
    const found = await balancing(new CloudView(session), validate("ecommerce", { ...SMALLEST, balancing: own }));
    close();
    return found;
  };

  it("proposes provider ovn where there is no other, and says what it cannot where it is chosen", async () => {
    const [only] = await look({}, "ovn");
    assert.deepEqual([only?.state, only?.set], ["wrong", { "balancing.provider": "ovn" }]);
    const [chosen] = await look({ provider: "ovn" }, "amphora", "ovn");
    assert.equal(chosen?.state, "fine");
    assert.match(chosen?.text ?? "", /passes connections on: no cookies, TLS ends on the web servers/);
    assert.deepEqual(await look({}, "amphora", "ovn"), [fine("balancing.provider", "amphora, of amphora, ovn")]);
    assert.deepEqual(await look({}, "amphora", "octavia"), [
      fine("balancing.provider", "the cloud's default, of amphora, octavia"),
    ]);
  });

  it("never proposes ovn in place of another provider, and asks Octavia nothing where HAProxy balances", async () => {
    const [unknownOne] = await look({ provider: "f5" }, "ovn", "amphora");
    assert.deepEqual(unknownOne?.set, { "balancing.provider": "amphora" });
    assert.deepEqual(await look({ driver: "haproxy", servers: { image: "i", flavor: "f" } }), []);
  });
});

describe("the doctor on backups", () => {
  const T = "00000000-0000-4000-8000-000000000001";
  const stamp = (minutesAgo: number) =>
    new Date(Date.now() - minutesAgo * 60_000).toISOString().replace(/[-:]|\.\d+/g, "");
  const shipped = (minutesAgo: number) => [
    `${T}/base/${stamp(600)}-binlog.000001-10/complete.json`,
    `${T}/log/binlog.000001/000000000000-000000000050-${stamp(minutesAgo)}.zst.age`,
  ];
  const look = async (names: readonly string[]) => {
    const { session, close } = await fakeEndpoint("object-store", (request) => ({
      body: request.url?.endsWith("marker=") ? names.map((name) => `${name}\n`).join("") : "",
    }));
    const config = validate("ecommerce", {
      ...SMALLEST,
      access: { services: ["192.0.2.0/24"] },
      database: { ...SMALLEST.database, backups: { image: "debian-12", flavor: "m1.small" } },
    });
    const found = await backups(new CloudView(session), config, "shop-dev");
    close();
    return found.map(({ state, text }) => `${state}: ${text}`);
  };

  it("is content with a keeper that ships and whose last drill was good, and has nothing to say before there is one", async () => {
    const [ships, drill] = await look([
      ...shipped(1),
      `${T}/drills/${stamp(60)}-bad.json`,
      `${T}/drills/${stamp(5)}-good.json`,
    ]);
    assert.match(ships ?? "", /^fine: reachable is /);
    assert.match(drill ?? "", /^fine: the last drill, at \S+, was good$/);
    assert.deepEqual(await look([]), []);
  });

  it("tells of a keeper that ships nothing any more, and of a drill that was bad", async () => {
    const [ships, drill] = await look([...shipped(40), `${T}/drills/${stamp(5)}-bad.json`]);
    assert.match(ships ?? "", /^wrong: the keeper has shipped nothing for 15 minutes: reachable is /);
    assert.match(drill ?? "", /^wrong: the last drill, at \S+, was BAD/);
  });
});

describe("the doctor on what an earlier run has left", () => {
  const look = async (own: object) => {
    const balancer = { id: "b", name: "shop-dev-web", provisioning_status: "ERROR", tags: ["shop", "shop-dev"] };
    const others = [
      { ...balancer, id: "served", provisioning_status: "ACTIVE" },
      { ...balancer, id: "other", tags: [] },
    ];
    const body = JSON.stringify({ loadbalancers: [balancer, ...others] });
    const { session, close } = await fakeEndpoint("load-balancer", () => ({ body }));
    const config = validate("ecommerce", { ...SMALLEST, balancing: own });
    const found = await remains(new CloudView(session), config, "shop-dev");
    close();
    return found;
  };

  it("names the stack's balancers that are in ERROR, and no others", async () => {
    assert.deepEqual(
      (await look({})).map(({ state, text }) => [state, text.split(",")[0]]),
      [["wrong", "load balancer shop-dev-web (b) is in ERROR"]],
    );
    assert.deepEqual(await look({ driver: "haproxy", servers: { image: "i", flavor: "f" } }), []);
  });
});

describe("the doctor's words", () => {
  it("propose the only name, or one with the same words, and nothing else", () => {
    assert.equal(nearest("ext-net", ["public"]), "public");
    assert.equal(nearest("ubuntu-24.04", ["Debian 12", "Ubuntu 24.04 LTS", "Ubuntu 22.04 LTS"]), "Ubuntu 24.04 LTS");
    assert.equal(nearest("ubuntu-24.04", ["Debian 12", "Ubuntu 22.04"]), undefined);
    assert.equal(nearest("anything", []), undefined);
    assert.deepEqual(named("web.image", "a", ["a", "b"]), fine("web.image", "a"));
    assert.equal(named("web.image", "c", ["a", "b"]).text, '"c" is not there; there are: a, b');
  });

  it("read durations as Gnocchi writes them", () => {
    assert.deepEqual(
      ["0:05:00", "1:00:00", "0:00:01", "1 day, 0:00:00", "30 days, 1:00:00.5", 60].map(seconds),
      [300, 3600, 1, 86_400, 2_595_600.5, 60],
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * 86_400 }), (all) => {
        const [days, rest] = [Math.floor(all / 86_400), all % 86_400];
        const clock = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60];
        const text = `${clock[0]}:${String(clock[1]).padStart(2, "0")}:${String(clock[2]).padStart(2, "0")}`;
        const unit = days === 1 ? "day" : "days";
        assert.equal(seconds(days > 0 ? `${days} ${unit}, ${text}` : text), all);
      }),
    );
  });

  it("give whole sections to paste, with what was in them", () => {
    const input = {
      cloud: { externalNetwork: "ext", keyPair: "me" },
      web: { image: "x" },
      balancing: { tls: { container: "c" } },
    };
    const findings = [
      wrong("cloud.externalNetwork", "", { "cloud.externalNetwork": "public" }),
      wrong("telemetry.driver", "", { "telemetry.driver": "heat-signal" }),
      wrong("balancing.tls", "", { "balancing.tls": undefined }),
      fine("web.image", "x"),
    ];
    assert.deepEqual(parse(remediation("shop", input, findings) ?? ""), {
      "shop:cloud": { externalNetwork: "public", keyPair: "me" },
      "shop:balancing": {},
      "shop:telemetry": { driver: "heat-signal" },
    });
    assert.equal(remediation("shop", input, [fine("web.image", "x"), wrong("quota", "none")]), undefined);
    assert.match(report([...findings, unknown("a", "b")]), / {2}WRONG {2}cloud\.externalNetwork/);
  });
});

describe("the doctor's word on who can read secrets", () => {
  const AUTO = { mode: "auto" };
  const TLS = { tls: { container: "storefront" } };
  const said = (others: object) => {
    const config = validate("ecommerce", { ...SMALLEST, ...others });
    return readable(config).map(({ key, state, text }) => `${state} ${key}: ${text}`);
  };
  const web = { ...SMALLEST.web, scaling: AUTO };
  const app = { ...SMALLEST.app, scaling: AUTO };

  it("is nothing where no elastic server has a secret", () => {
    assert.deepEqual(said({}), []);
    assert.deepEqual(said({ web, balancing: TLS }), []);
    assert.deepEqual(said({ balancing: { ...TLS, provider: "ovn" } }), []);
  });

  it("names those that Heat shows to readers of the project", () => {
    const all = said({
      app,
      web,
      balancing: { ...TLS, provider: "ovn" },
      shop: { media: { driver: "swift" }, mail: { host: "relay.example.com", user: "u", from: "a@example.com" } },
      access: { services: ["198.51.100.1/32"], mail: ["198.51.100.2/32"] },
      mailPassword: "[secret]",
    });
    assert.deepEqual(all.map((line) => line.split(":")[0]).sort(), ["unknown app.scaling", "unknown web.scaling"]);
    assert.match(all.join(), /private key of the certificate/);
    assert.match(
      all.join(),
      /shop's database, the administrator's.*, the credential for uploads, the password of the mail/,
    );
  });
});
