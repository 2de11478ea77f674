import assert from "node:assert/strict";
import { maintenanceFiles, turnOf } from "../../components/cloud-init/maintenance";
import { validate } from "../../components/config/validate";
import { parseWindow } from "../../components/core/maintenance";
import { SMALLEST } from "../support/stack-files";

const TWO_HOURS = { start: 120, minutes: 120 };
const ROLES = ["web", "services", "database", "keeper", "balancer"];

describe("the window of security updates", () => {
  it("is a time of the day, past midnight too", () => {
    assert.deepEqual(parseWindow("02:00-04:00"), TWO_HOURS);
    assert.deepEqual(parseWindow("23:30-00:15"), { start: 23 * 60 + 30, minutes: 45 });
    for (const wrong of ["2:00-4:00", "24:00-01:00", "02:00", "02:00-04:60"])
      assert.equal(parseWindow(wrong), undefined);
  });

  it("is refused when it is no window, too short, or without updates", () => {
    const told = (boot: object) => validate("ecommerce", { ...SMALLEST, boot: { ...SMALLEST.boot, ...boot } });
    assert.equal(told({ maintenance: "02:00-04:00" }).boot.maintenance, "02:00-04:00");
    for (const wrong of ["at night", "02:00-02:00", "02:00-02:20"])
      assert.throws(() => told({ maintenance: wrong }), /boot\.maintenance.*at least 30 minutes/);
    const off = { maintenance: "02:00-04:00", securityUpdates: false };
    assert.throws(() => told(off), /boot\.maintenance.*boot\.securityUpdates must be true/);
  });

  it("gives each server a turn of its own while there is room, and all of them one within it", () => {
    const turns = ROLES.flatMap((role) => [1, 2].map((number) => turnOf(TWO_HOURS, role, number)));
    assert.equal(new Set(turns).size, turns.length);
    const crowded = ROLES.flatMap((role) =>
      [1, 2, 3, 4].map((number) => turnOf({ start: 0, minutes: 30 }, role, number)),
    );
    assert.ok(crowded.every((turn) => turn >= 0 && turn < 30));
  });

  it("is systemd's timers' time: lists an hour before, nothing made up for at a boot", () => {
    const [lists, updates, ...others] = maintenanceFiles("02:00-04:00", "services", "shop-dev-app-2");
    assert.deepEqual(others, []);
    assert.equal(updates?.path, "/etc/systemd/system/apt-daily-upgrade.timer.d/ecommerce.conf");
    assert.match(updates?.content ?? "", /^OnCalendar=\nOnCalendar=\*-\*-\* 03:00:00 UTC\nRandomizedDelaySec=0min$/m);
    assert.match(updates?.content ?? "", /^Persistent=false$/m);
    assert.match(lists?.content ?? "", /^OnCalendar=\*-\*-\* 02:00:00 UTC$/m);
    const [early] = maintenanceFiles("00:10-00:40", "web", "shop-dev-web-1");
    assert.match(early?.content ?? "", /\*-\*-\* 23:10:00 UTC/);
  });

  it("is spread over members that Heat names, and leaves the distribution's time where none is given", () => {
    const [, updates] = maintenanceFiles("02:00-04:00", "web", undefined);
    assert.match(updates?.content ?? "", /02:00:00 UTC\nRandomizedDelaySec=110min\nFixedRandomDelay=true/);
    assert.deepEqual(maintenanceFiles(undefined, "web", "shop-dev-web-1"), []);
  });
});
