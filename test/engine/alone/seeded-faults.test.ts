import { type Fault, seededFaults, theseFaults } from "../../support/fault-plan";
import { type TestLab, withLabEmptiedAfterEach } from "../../support/lab";
import { PHASES, type Phase, stumble } from "../../support/stumbling-store";

/** `SEEDS=1-200` for a long run; about two minutes each. */
const [FIRST = 1, LAST = FIRST] = (process.env.SEEDS ?? "1").split("-").map(Number);

/** What seeds have found, and what the provider's source promises trouble for: the harm by phase, as a failed seed tells it. */
const CASES: Readonly<Record<string, Readonly<Partial<Record<Phase, Readonly<Record<string, Fault>>>>>>> = {
  "answers lost at a network, at a router's interface and at the deletion of a server": {
    up: {
      'POST network /v2.0/networks "ecommerce-stumbling-web" #1': "reset after",
      "PUT network /v2.0/routers/{id}/add_router_interface #1": "truncated",
    },
    destroy: { "DELETE compute /v2.1/servers/{id} #1": "reset after" },
  },
};

describe("a store's life with faults between us and the cloud", function () {
  this.timeout("30m");
  let lab: TestLab;

  withLabEmptiedAfterEach((given) => {
    lab = given;
  });

  for (const [title, harm] of Object.entries(CASES)) {
    it(title, () => stumble(lab, title, (phase) => theseFaults(harm[phase] ?? {})));
  }

  for (let seed = FIRST; seed <= LAST; seed += 1) {
    it(`seed ${seed}: converges or says clearly why not, goes on without faults, leaves nothing, touches nobody else`, () =>
      stumble(lab, `seed ${seed}`, (phase) => seededFaults(seed * PHASES.length + PHASES.indexOf(phase))));
  }
});
