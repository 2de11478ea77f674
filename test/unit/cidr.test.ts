import assert from "node:assert/strict";
import fc from "fast-check";
import { addressPlan, LONGEST_PREFIX, reservedFor, serverCapacity } from "../../components/core/address-plan";
import { cidrOf, hostAt, indexIn, overlap, parseCidr, sizeOf } from "../../components/core/cidr";

const toText = (address: number) => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
/** Any IPv4 block from /1 to the given longest prefix. */
const blocks = (longest: number) =>
  fc.tuple(fc.nat(2 ** 32 - 1), fc.integer({ min: 1, max: longest })).map(([address, prefix]) => {
    const size = 2 ** (32 - prefix);
    return `${toText(Math.floor(address / size) * size)}/${prefix}`;
  });

describe("IPv4 arithmetic", () => {
  it("finds every host of a block at its own index, from the start and from the end", () => {
    fc.assert(
      fc.property(blocks(32), fc.nat(), (text, seed) => {
        const cidr = cidrOf(text);
        const n = seed % sizeOf(cidr);
        assert.equal(indexIn(cidr, hostAt(cidr, n)), n);
        assert.equal(hostAt(cidr, n - sizeOf(cidr)), hostAt(cidr, n));
      }),
    );
  });

  it("calls two blocks overlapping exactly when one holds the other's first address", () => {
    fc.assert(
      fc.property(blocks(30), blocks(30), (a, b) => {
        const [first, second] = [cidrOf(a), cidrOf(b)];
        const holds =
          indexIn(first, hostAt(second, 0)) !== undefined || indexIn(second, hostAt(first, 0)) !== undefined;
        assert.equal(overlap(first, second), holds);
      }),
    );
  });

  it("refuses what Neutron would read differently or not at all", () => {
    for (const text of [
      "10.0.0.1/24",
      "10.0.0.0",
      "10.0.0.0/33",
      "10.0.0/24",
      "010.0.0.0/8",
      "0x0a.0.0.0/8",
      "/8",
      "",
    ]) {
      assert.equal(parseCidr(text), undefined, text);
    }
  });
});

describe("address plan", () => {
  it("gives gateway, router leg, fixed IP and pool different places in every subnet it fits in", () => {
    fc.assert(
      fc.property(blocks(LONGEST_PREFIX), (text) => {
        const plan = addressPlan(text);
        const cidr = cidrOf(text);
        const places = [plan.gateway, plan.secondRouter, plan.fixedIp, plan.pool.start, plan.pool.end].map(
          (address) => indexIn(cidr, address) ?? -1,
        );
        assert.deepEqual(places.slice(0, 4), [1, 2, 10, 16]);
        assert.equal(places[4], sizeOf(cidr) - 2);
        assert.equal(reservedFor(text, 10), undefined);
        assert.ok(serverCapacity(text) >= 9);
      }),
    );
  });

  it("takes a fixed IP of the user's", () => {
    assert.equal(addressPlan("10.20.0.0/24", "10.20.0.5").fixedIp, "10.20.0.5");
  });
});
