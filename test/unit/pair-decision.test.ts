import assert from "node:assert/strict";
import path from "node:path";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";

const SCRIPTS = path.join(ROOT, "components/cloud-init/scripts/pair");
const HISTORY = "c85e5e92-eaa0-11f1-a265-be62c1fd890a";
const OTHER = "0f0e5e92-eaa0-11f1-a265-be62c1fd890b";

/** `kind`, or a history and its last transaction. */
type Position = readonly [kind: string] | readonly [history: string, transaction: number];
interface Case {
  readonly own: Position;
  readonly peer: Position | null;
  readonly phase?: string;
  readonly chosen?: string;
}

const PROGRAM = `
import json, sys
sys.path.insert(0, sys.argv[1])
from decide import Told, decide
from position import Position

def of(told):
    return Position(told[0]) if len(told) == 1 else Position("paired", told[0], told[1])

def one(number, case):
    own, peer, phase = case["own"], case["peer"], case.get("phase", "waiting")
    if number == 2:
        own, peer = peer, own
    told = None if peer is None else Told(phase, of(peer))
    verdict = decide(number, f"db-{number}", of(own), f"db-{3 - number}", told, case.get("chosen"))
    return [verdict.what, verdict.why, verdict.is_new_history]

print(json.dumps([[one(number, case) for number in (1, 2) if case["peer"] or number == 1] for case in json.load(sys.stdin)]))
`;

type Verdict = readonly [what: string, why: string, isNewHistory: boolean];

/** @returns what each of the two servers decides; the second one's own position is the case's `peer` */
async function decided(cases: readonly Case[]): Promise<readonly (readonly Verdict[])[]> {
  const { stdout } = await run("python3", ["-B", "-c", PROGRAM, SCRIPTS], { input: JSON.stringify(cases) });
  return JSON.parse(stdout);
}

const KINDS: readonly Position[] = [["blank"], ["alone"], ["partial"], [HISTORY, 5], [HISTORY, 9], [OTHER, 5]];
const both = KINDS.flatMap((own) => KINDS.map((peer) => ({ own, peer })));
const mark = (number: number, position: Position) => `db-${number}/${position.join(":")}`;

describe("which of a pair's servers begins", () => {
  it("is never both, whatever they have and whatever a person has chosen", async () => {
    const chosen = both.flatMap((one) =>
      [1, 2].map((n) => ({ ...one, chosen: mark(n, n === 1 ? one.own : one.peer) })),
    );
    for (const [index, verdicts] of (await decided([...both, ...chosen])).entries()) {
      const beginning = verdicts.filter(([what]) => what === "begin").length;
      assert.ok(beginning <= 1, JSON.stringify([both, chosen].flat()[index]));
    }
  });

  it("is the one that is further, the first one of equals, and a single server's data of before", async () => {
    const cases: Case[] = [
      { own: [HISTORY, 5], peer: [HISTORY, 9] },
      { own: [HISTORY, 9], peer: [HISTORY, 5] },
      { own: [HISTORY, 5], peer: [HISTORY, 5] },
      { own: ["blank"], peer: ["blank"] },
      { own: ["alone"], peer: ["blank"] },
      { own: ["partial"], peer: ["alone"] },
    ];
    const found = (await decided(cases)).map((verdicts) => verdicts.map(([what]) => what).join(" "));
    assert.deepEqual(found, ["wait begin", "begin wait", "begin wait", "begin wait", "begin wait", "wait begin"]);
  });

  it("is for a person to say where one may have later data, and then with a history of its own", async () => {
    const cases: Case[] = [
      { own: [HISTORY, 9], peer: ["blank"] },
      { own: [HISTORY, 9], peer: [OTHER, 5] },
      { own: [HISTORY, 9], peer: null },
    ];
    const choice = mark(1, [HISTORY, 9]);
    for (const [[what, why]] of (await decided(cases)) as [Verdict][]) {
      assert.equal(what, "wait");
      assert.match(why, new RegExp(`database\\.goOnFrom: ${choice}$`));
    }
    const chosen = await decided(cases.map((one) => ({ ...one, chosen: choice })));
    assert.deepEqual(
      chosen.map(([first]) => [first?.[0], first?.[2]]),
      cases.map(() => ["begin", true]),
    );
    const stale = await decided(cases.map((one) => ({ ...one, chosen: mark(1, [HISTORY, 8]) })));
    assert.deepEqual(
      stale.map(([first]) => first?.[0]),
      cases.map(() => "wait"),
    );
  });

  it("is neither while one runs: the other one joins as soon as that one serves", async () => {
    const phases = ["primary", "running", "starting"];
    const cases = phases.map(
      (phase): Case => ({ own: [HISTORY, 9], peer: [HISTORY, 5], phase, chosen: mark(1, [HISTORY, 9]) }),
    );
    assert.deepEqual(
      (await decided(cases)).map(([first]) => first?.[0]),
      ["join", "wait", "wait"],
    );
  });
});
