import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { seconds } from "../../toolchain/doctor/checks/scaling";
import { fine, named, nearest, unknown, wrong } from "../../toolchain/doctor/finding";
import { cure, report } from "../../toolchain/doctor/report";

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
    assert.deepEqual(parse(cure("shop", input, findings) ?? ""), {
      "shop:cloud": { externalNetwork: "public", keyPair: "me" },
      "shop:balancing": {},
      "shop:telemetry": { driver: "heat-signal" },
    });
    assert.equal(cure("shop", input, [fine("web.image", "x"), wrong("quota", "none")]), undefined);
    assert.match(report([...findings, unknown("a", "b")]), / {2}WRONG {2}cloud\.externalNetwork/);
  });
});
