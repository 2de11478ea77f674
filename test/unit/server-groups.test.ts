import assert from "node:assert/strict";
import { validate } from "../../components/config/validate";
import { byKey, serverGroups } from "../../components/features/index";
import { SMALLEST } from "../support/stack-files";

const groups = (config: object = {}) => serverGroups(validate("ecommerce", { ...SMALLEST, ...config }));
const told = (config?: object) =>
  groups(config).map(({ name, tier, key, size }) => `${name} in ${tier} by ${key}: ${size.least}-${size.most}`);

describe("the groups of servers", () => {
  it("are those of the tiers, at their sizes", () => {
    const scaling = { mode: "auto", min: 2, max: 4 };
    assert.deepEqual(told({ web: { ...SMALLEST.web, scaling }, app: { ...SMALLEST.app, count: 3 } }), [
      "web in web by web: 2-4",
      "app in app by app: 3-3",
      "db in db by database: 1-1",
    ]);
  });

  it("and with HAProxy a pair in front of two of them, which one section of the stack file describes", () => {
    const servers = { image: "balancer-image", flavor: "m1.tiny", rootDisk: { size: 5 } };
    const haproxy = { balancing: { driver: "haproxy", servers } };
    assert.deepEqual(told(haproxy), [
      "web in web by web: 2-2",
      "app in app by app: 2-2",
      "db in db by database: 1-1",
      "web-balancer in web by balancing.servers: 2-2",
      "app-balancer in app by balancing.servers: 2-2",
    ]);
    const [web, , , pair] = byKey(groups(haproxy));
    assert.equal(web?.image, SMALLEST.web.image);
    assert.deepEqual([pair?.image, pair?.flavor, pair?.rootDisk], ["balancer-image", "m1.tiny", { size: 5 }]);
    assert.deepEqual(
      byKey(groups(haproxy)).map(({ key }) => key),
      ["web", "app", "database", "balancing.servers"],
    );
  });
});
