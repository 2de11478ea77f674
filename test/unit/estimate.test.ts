import assert from "node:assert/strict";
import fc from "fast-check";
import { estimate, hourly, monthly } from "../../commands/estimate/estimate";
import { table } from "../../commands/estimate/table";
import { ConfigError, validate } from "../../components/config/validate";
import { PriceList } from "../../components/cost/price-list";
import { SMALLEST } from "../support/stack-files";

const PRICES = {
  currency: "EUR",
  vcpu: 0.01,
  ram: 0.004,
  volume: { default: 0.0001, ssd: 0.0003 },
  balancer: 0.025,
  address: 0.005,
};
const FLAVORS = [
  { name: "m1.small", vcpus: 1, ram: 2048, disk: 20 },
  { name: "m1.large", vcpus: 4, ram: 8192, disk: 80 },
];

const lines = (changes: object = {}) => {
  const config = validate("ecommerce", { ...SMALLEST, ...changes, prices: PRICES });
  return estimate(config, PRICES, FLAVORS);
};
const mistakes = (changes: object) => {
  try {
    validate("ecommerce", { ...SMALLEST, ...changes });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.mistakes.map(({ key }) => key);
  }
};

describe("the estimate", () => {
  it("counts servers by vCPU and GiB, two balancers, the floating IP and the data volume", () => {
    // 5 servers of 0.018, 2 balancers of 0.025, an address, 10 GiB.
    assert.equal(hourly(lines()).most.toFixed(6), (5 * 0.018 + 2 * 0.025 + 0.005 + 10 * 0.0001).toFixed(6));
    assert.deepEqual(
      lines().map(({ tier, what, number }) => `${tier}: ${number.most} ${what}`),
      [
        "web: 2 server m1.small",
        "web: 1 load balancer",
        "web: 1 floating IP",
        "app: 2 server m1.small",
        "app: 1 load balancer",
        "database: 1 server m1.small",
        "database: 1 data volume of 10 GiB",
      ],
    );
  });

  it("counts boot volumes by their type, and no floating IP that was there before", () => {
    const found = lines({
      cloud: { externalNetwork: "public", floatingIp: "203.0.113.9" },
      app: { ...SMALLEST.app, count: 3, rootDisk: { size: 20, type: "ssd" } },
    });
    const disk = found.find(({ what }) => what === "boot volume of 20 GiB, ssd");
    assert.deepEqual(disk?.number, { least: 3, most: 3 });
    assert.equal(disk?.price.toFixed(6), "0.006000");
    assert.ok(!found.some(({ what }) => what === "floating IP"));
  });

  it("counts what a data volume may grow by with the most", () => {
    const volume = { size: 10, type: "ssd", grow: { to: 40 } };
    const backups = { image: "debian-12", flavor: "m1.small" };
    const found = lines({
      access: { services: ["192.0.2.0/24"] },
      database: { ...SMALLEST.database, volume, backups },
    });
    const growth = found.find(({ what }) => what === "growth of the data volume of 30 GiB, ssd");
    assert.deepEqual([growth?.number, growth?.price.toFixed(4)], [{ least: 0, most: 1 }, "0.0090"]);
  });

  it("counts both servers and both volumes of a pair", () => {
    const backups = { image: "debian-12", flavor: "m1.small" };
    const found = lines({
      access: { services: ["192.0.2.0/24"] },
      database: { ...SMALLEST.database, mode: "pair", backups },
    });
    const own = found.filter(({ tier }) => tier === "database");
    assert.deepEqual(
      own.map(({ what, number }) => [what, number.least, number.most]),
      [
        [`server ${SMALLEST.database.flavor}`, 2, 2],
        [`data volume of ${SMALLEST.database.volume.size} GiB`, 2, 2],
      ],
    );
  });

  it("counts HAProxy's servers in place of Octavia's balancers", () => {
    const servers = { image: "debian-12", flavor: "m1.large", rootDisk: { size: 20, type: "ssd" } };
    const found = lines({ balancing: { driver: "haproxy", servers } });
    assert.ok(!found.some(({ what }) => what === "load balancer"));
    for (const tier of ["web", "app"]) {
      const own = found.filter((line) => line.tier === tier && /balancer|ssd/.test(line.what));
      assert.deepEqual(
        own.map(({ what, number, price }) => `${number.least}–${number.most} ${what}: ${price.toFixed(4)}`),
        ["2–2 balancer on m1.large: 0.0720", "2–2 boot volume of 20 GiB, ssd: 0.0060"],
      );
    }
  });

  it("goes from the smallest size of elastic groups to the largest, whatever the sizes and prices", () => {
    const size = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(size, size, size, (one, other, count) => {
        const [min, max] = [Math.min(one, other), Math.max(one, other)];
        const found = lines({
          web: { ...SMALLEST.web, flavor: "m1.large", rootDisk: { size: 30 }, scaling: { mode: "auto", min, max } },
          app: { ...SMALLEST.app, count },
        });
        const { least, most } = hourly(found);
        const web = (servers: number) => servers * (4 * 0.01 + 8 * 0.004 + 30 * 0.0001);
        const others = (count + 1) * 0.018 + 2 * 0.025 + 0.005 + 10 * 0.0001;
        assert.ok(Math.abs(least - web(min) - others) < 1e-9);
        assert.ok(Math.abs(most - web(max) - others) < 1e-9);
        assert.equal(monthly({ least, most }).most, most * 730);
      }),
    );
  });

  it("is a table with a line for each part, each tier and all", () => {
    const text = table(lines({ web: { ...SMALLEST.web, scaling: { mode: "auto", min: 2, max: 4 } } }));
    assert.match(text, /^web +server m1\.small +2–4 +0\.0360–0\.0720 +26\.28–52\.56$/m);
    assert.match(text, /^ +load balancer +1 +0\.0250 +18\.25$/m);
    assert.match(text, /^ +together +0\.0660–0\.1020 +48\.18–74\.46$/m);
    assert.match(text, /^total +0\.1460–0\.1820 +106\.58–132\.86$/m);
  });

  it("names every price that is missing or wrong, volume types too", () => {
    assert.deepEqual(mistakes({}), []);
    assert.deepEqual(mistakes({ prices: {} }), [
      "prices.currency",
      "prices.vcpu",
      "prices.ram",
      "prices.balancer",
      "prices.address",
      "prices.volume.default",
    ]);
    const app = { ...SMALLEST.app, rootDisk: { size: 20, type: "nvme" } };
    const prices = { ...PRICES, currency: "euro", ram: -1, volume: { ssd: "cheap" } };
    assert.deepEqual(mistakes({ app, prices }), [
      "prices.currency",
      "prices.ram",
      "prices.volume.ssd",
      "prices.volume.default",
      "prices.volume.nvme",
    ]);
    assert.deepEqual(mistakes({ prices: { ...PRICES, volume: 0.1 } }), ["prices.volume"]);
  });

  it("never takes what has no price for free without saying so", () => {
    const list = new PriceList({ ...PRICES, volume: { ssd: 0.0003 } }, FLAVORS);
    assert.equal(list.server("m1.huge") + list.volume(10, "nvme"), 0);
    assert.deepEqual(list.unpriced, ["servers of flavor m1.huge", "volumes of type nvme"]);
    assert.equal(new PriceList(PRICES, FLAVORS).volume(10, "the cloud's default"), 10 * PRICES.volume.default);
  });
});
