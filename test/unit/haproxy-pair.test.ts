import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { HaproxyPair } from "../../components/balancing/haproxy-pair";
import { validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { TierNetwork } from "../../components/network/tier-network";
import { Recorder, record, settled } from "../support/recorder";
import { SMALLEST } from "../support/stack-files";

describe("two HAProxy servers that exist already", () => {
  it("are replaced one after the other: the second once the first one balances", async () => {
    const recorder = new Recorder();
    const naming = new Naming("ecommerce", "dev");
    const made = () => recorder.of("compute/instance:Instance").map(({ name }) => name);
    const handovers: { ids: readonly string[]; madeMeanwhile: string[] }[] = [];
    const { balancing, network } = validate("ecommerce", SMALLEST);
    const build = () =>
      new HaproxyPair("web", {
        naming,
        tier: "web",
        imageId: "image-id",
        flavor: "m1.small",
        network: new TierNetwork("web", { naming, tier: "web", cidr: network.web.cidr, slots: 32 }),
        securityGroupId: "group-id",
        zones: [],
        boot: { mode: "image", base: { securityUpdates: false, timeServers: [] } },
        certificate: undefined,
        settings: {
          flavor: { name: "m1.small", vcpus: 1, ram: 2048, disk: 20 },
          pool: balancing.web,
          slots: [],
          isPublic: true,
          connections: 0,
          favoured: [],
        },
        handover: {
          complete: async (ids) => {
            await sleep(200);
            handovers.push({ ids, madeMeanwhile: made() });
          },
        },
      });
    const { built } = await record(build, recorder);
    await settled(built.settled);
    assert.deepEqual(made(), ["web-1", "web-2"]);
    assert.deepEqual(handovers, [
      { ids: ["id-of-web-1"], madeMeanwhile: ["web-1"] },
      { ids: ["id-of-web-1", "id-of-web-2"], madeMeanwhile: ["web-1", "web-2"] },
    ]);
  });
});
