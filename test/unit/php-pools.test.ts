import assert from "node:assert/strict";
import fc from "fast-check";
import { phpPools, poolSizes, shopLimits } from "../../components/cloud-init/roles/php-pools";
import { apacheProcesses, phpWorkers } from "../../components/core/sizing";

const flavors = fc.record({
  name: fc.constant("any"),
  disk: fc.constant(20),
  ram: fc.integer({ min: 512, max: 1_048_576 }),
  vcpus: fc.integer({ min: 1, max: 128 }),
});

describe("PHP's pools", () => {
  it("leave Apache threads to turn away, to send files and to say how the server is, whatever the flavor", () => {
    fc.assert(
      fc.property(flavors, (flavor) => {
        const { shop, pictures, health } = poolSizes(flavor);
        const { workers: threads } = apacheProcesses(flavor);
        assert.ok(shop.most + pictures.most + health.most < threads * 0.9);
        for (const { workers, most } of [shop, pictures, health]) assert.ok(workers >= 2 && most > workers);
        assert.ok(shop.workers <= phpWorkers(flavor));
      }),
    );
  });

  it("are no more in Apache's settings than in PHP's", () => {
    fc.assert(
      fc.property(flavors, (flavor) => {
        const most = (name: string) => Number(new RegExp(`Define ${name}_MOST (\\d+)`).exec(shopLimits(flavor))?.[1]);
        const backlogs = [...phpPools(flavor).matchAll(/^listen\.backlog = (\d+)$/gm)].map(([, backlog]) =>
          Number(backlog),
        );
        // FPM's queue, when it is full, has Apache wait without an end.
        assert.deepEqual(backlogs, [most("SHOP"), most("PICTURES"), most("HEALTH")]);
      }),
    );
  });
});
