import assert from "node:assert/strict";
import fc from "fast-check";
import { randomText } from "../../toolchain/random-plugin/characters";
import { randomType } from "../../toolchain/random-plugin/types";

const PASSWORD = "random:index/randomPassword:RandomPassword";
const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

describe("the stand-in for the random plugin", () => {
  it("keeps length, alphabet and minimum counts of every text", () => {
    const minimum = fc.nat(4);
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 64 }), minimum, minimum, minimum, minimum, (length, a, b, c, d) => {
        const minimums = { minLower: a, minUpper: b, minNumeric: c, minSpecial: d };
        const classes = { lower: true, upper: false, numeric: true, special: true, overrideSpecial: "-_" };
        const text = randomText({ length, ...classes, ...minimums });
        assert.equal(text.length, length);
        assert.match(text, /^[a-zA-Z0-9_-]+$/);
        assert.ok(count(text, /[a-z]/g) >= a && count(text, /\d/g) >= c && count(text, /[-_]/g) >= d);
        // Upper case is not allowed beyond the minimum that is asked for.
        assert.equal(count(text, /[A-Z]/g), b);
      }),
    );
  });

  it("draws every character of an alphabet about equally often", () => {
    const rules = { lower: true, upper: false, numeric: false, special: false, overrideSpecial: "" };
    const none = { minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0 };
    const text = randomText({ length: 26_000, ...rules, ...none });
    for (const letter of "abcdefghijklmnopqrstuvwxyz") {
      const seen = text.split(letter).length - 1;
      assert.ok(seen > 800 && seen < 1200, `${letter}: ${seen} times in 26 x 1000`);
    }
  });

  it("refuses a length below the sum of the minimums, and no characters at all", () => {
    const password = randomType(PASSWORD);
    assert.match(
      password.mistakes({ length: 3, minLower: 2, minUpper: 2 })[0]?.reason ?? "",
      /minimum counts, which is 4/,
    );
    const nothing = { length: 8, lower: false, upper: false, numeric: false, special: false };
    assert.equal(password.mistakes(nothing).length, 1);
    assert.deepEqual(password.mistakes({ length: 8 }), []);
  });

  it("takes an explicit default for no change, and the old name `number` for `numeric`", () => {
    const { complete } = randomType(PASSWORD);
    assert.deepEqual(complete({ length: 8 }), complete({ length: 8, special: true, number: true }));
    assert.equal(complete({ length: 8, number: false }).numeric, false);
  });

  it("imports what it can compute from an id", () => {
    assert.deepEqual(randomType(PASSWORD).adopt("hunter2").inputs, { length: 7 });
    const id = randomType("random:index/randomId:RandomId").adopt("web-,p-9hUg");
    assert.deepEqual(id.outputs.hex, "web-a7ef61520".slice(0, 4) + Buffer.from("p-9hUg", "base64url").toString("hex"));
    assert.throws(() => randomType("random:index/randomUuid:RandomUuid").adopt("nonsense"), /no UUID/);
  });

  it("refuses other types by name, and says what there is instead", () => {
    assert.throws(
      () => randomType("random:index/randomPet:RandomPet"),
      /has no random:index\/randomPet:RandomPet, only RandomPassword, .*official/,
    );
  });
});
