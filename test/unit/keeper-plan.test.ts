import assert from "node:assert/strict";
import path from "node:path";
import { backupSpans, spansText } from "../../components/cloud/backup-spans";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";

const MODULES = path.join(ROOT, "components/cloud-init/scripts/keeper");
const FIRST = "11111111-1111-1111-1111-111111111111";
const SECOND = "22222222-2222-2222-2222-222222222222";
/** What the keeper would take, or why it takes nothing. */
const PROGRAM = `
import json, sys
from datetime import datetime, timezone
from console import Refused
from plan import Holdings
asked = json.load(sys.stdin)
at = int(datetime.strptime(asked["at"], "%H:%M:%S").replace(2026, 11, 27, tzinfo=timezone.utc).timestamp())
try:
    plan = Holdings(asked["names"]).reaching(at)
    print(json.dumps([plan.base.folder.rsplit("/", 1)[1], *(piece.name.split("/", 2)[2] for piece in plan.pieces)]))
except Refused as error:
    print(json.dumps(str(error)))
`;

const stamp = (time: string) => `20261127T${time.replaceAll(":", "")}Z`;
const offset = (bytes: number) => String(bytes).padStart(12, "0");
const base = (time: string, file: number, position: number, timeline = FIRST) =>
  `${timeline}/base/${stamp(time)}-binlog.00000${file}-${position}/complete.json`;
const piece = (file: number, start: number, end: number, time: string, timeline = FIRST) =>
  `${timeline}/log/binlog.00000${file}/${offset(start)}-${offset(end)}-${stamp(time)}.zst.age`;
const whole = (file: number, end: number, time: string, timeline = FIRST) =>
  `${timeline}/log/binlog.00000${file}/whole-${offset(end)}-${stamp(time)}.zst.age`;
const brief = (name: string) => name.split("/").slice(2).join("/");

describe("what a restore takes from the container", () => {
  const taken = async (at: string, names: readonly string[]) => {
    const input = JSON.stringify({ at, names });
    const { stdout } = await run("python3", ["-B", "-c", PROGRAM], { input, env: { PYTHONPATH: MODULES } });
    const answer = JSON.parse(stdout);
    // What `up` and `npm run restore` say before anything changes is what the keeper would say.
    if (typeof answer === "string") assert.ok(answer.includes(spansText(backupSpans(names))), answer);
    return answer;
  };

  before(async function () {
    const { exitCode } = await run("python3", ["--version"], { reject: false });
    if (exitCode !== 0) this.skip();
  });

  it("is the newest base before the time, and the log up to it and no further", async () => {
    const log = [whole(1, 900, "10:30:00"), piece(2, 0, 400, "10:40:00"), piece(2, 400, 500, "10:50:00")];
    const names = [base("09:00:00", 1, 100), base("10:35:00", 2, 200), base("11:00:00", 2, 500), ...log];
    assert.deepEqual(await taken("10:38:00", names), [
      `${stamp("10:35:00")}-binlog.000002-200`,
      brief(piece(2, 0, 400, "10:40:00")),
    ]);
    assert.deepEqual(await taken("10:35:00", names), [
      `${stamp("09:00:00")}-binlog.000001-100`,
      brief(whole(1, 900, "10:30:00")),
      brief(piece(2, 0, 400, "10:40:00")),
    ]);
  });

  it("may overlap, as it does after the keeper was killed between putting a piece and noting it", async () => {
    const log = [
      piece(1, 0, 100, "10:00:00"),
      piece(1, 100, 300, "10:01:00"),
      piece(1, 100, 200, "10:00:30"),
      piece(1, 200, 400, "10:02:00"),
    ];
    const found = await taken("10:02:00", [base("09:00:00", 1, 50), ...log]);
    assert.deepEqual(
      found.slice(1),
      [log[0], log[1], log[3]].map((name) => brief(name ?? "")),
    );
  });

  it("goes on in the next file only where a file is whole", async () => {
    const names = [base("09:00:00", 1, 50), piece(1, 0, 100, "10:00:00"), piece(2, 0, 100, "11:00:00")];
    assert.match(
      await taken("10:30:00", names),
      /: reachable is 2026-11-27T09:00:01Z to 2026-11-27T10:00:00Z; nothing was changed$/,
    );
    assert.equal((await taken("10:30:00", [...names, whole(1, 150, "10:10:00")])).length, 3);
  });

  it("crosses no gap, and what is reachable before and after it is told", async () => {
    const names = [
      base("09:00:00", 1, 50),
      whole(1, 100, "09:30:00"),
      base("11:00:00", 3, 4),
      piece(3, 0, 900, "12:00:00"),
    ];
    assert.match(
      await taken("10:00:00", names),
      /09:00:01Z to 2026-11-27T09:30:00Z and 2026-11-27T11:00:01Z to 2026-11-27T12:00:00Z; nothing/,
    );
    assert.equal((await taken("11:30:00", names))[0], `${stamp("11:00:00")}-binlog.000003-4`);
  });

  it("keeps timelines apart, whose files have the same names", async () => {
    const names = [
      base("09:00:00", 1, 50),
      whole(1, 100, "10:00:00"),
      base("10:30:00", 1, 60, SECOND),
      piece(1, 0, 100, "11:00:00", SECOND),
      piece(2, 0, 100, "10:10:00", SECOND),
    ];
    assert.match(await taken("10:05:00", names), /cannot be restored/);
    assert.deepEqual(await taken("10:45:00", names), [
      `${stamp("10:30:00")}-binlog.000001-60`,
      brief(piece(1, 0, 100, "11:00:00", SECOND)),
    ]);
  });

  it("is nothing in a container of something else", async () => {
    const names = ["readme.txt", `${FIRST}/base/${stamp("09:00:00")}-binlog.000001-50/part-0001.zst.age`];
    assert.match(await taken("10:00:00", names), /the container has no complete base with logs that follow it/);
  });
});
