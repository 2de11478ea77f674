import assert from "node:assert/strict";
import { type KeptState, keptStates, readState } from "../states/kept-state";
import { openLab, type TestLab } from "../support/lab";

/** Steps that take away what stands. */
const ENDS = ["delete", "replace", "create-replacement", "delete-replaced", "discard", "discard-replaced"];

/**
 * What may end when a state is brought to this version. Scripts that servers boot with have changed since, so their servers are
 * replaced, one after the other; the volume stays. A version that is not named here loses nothing at all.
 */
const REPLACED: Readonly<Record<string, RegExp>> = {
  "0.1.0": /^(Instance|Port|Member) store-(web|app)|^(Instance|VolumeAttach) store-db\b/,
};

/**
 * What may end in any version, by kind: these user data name the project, and are packed, so the project of this lab cannot be
 * put into them.
 */
const OF_PROJECT: Readonly<Record<string, RegExp>> = {
  media: /^(Instance|Port|Member) store-(web|app)/,
  pair: /^Instance store-keeper-1/,
  prod: /^Instance store-keeper-1/,
};

describe("stores that earlier versions of the program made", function () {
  this.timeout("3m");
  let lab: TestLab;

  before(async () => {
    lab = await openLab();
  });

  /** What the program as it stands would take away from a kept state, by type and name. */
  const ended = async (state: KeptState): Promise<string[]> => {
    const { config, deployment } = await readState(state, lab.member);
    const stack = await lab.open(state.kind);
    const settings = await stack.workspace.stackSettings(state.kind);
    await stack.workspace.saveStackSettings(state.kind, { ...settings, config: config as never });
    // Secrets come in the clear, and are this stack's own from here on.
    const own = { type: "passphrase", state: { salt: settings.encryptionSalt } };
    await stack.importStack({ ...deployment, deployment: { ...deployment.deployment, secrets_providers: own } });
    const found = new Set<string>();
    await stack.preview({
      onEvent: ({ resourcePreEvent: event }) => {
        if (!event || !ENDS.includes(event.metadata.op)) return;
        const { urn, type, detailedDiff } = event.metadata;
        const causes = Object.entries(detailedDiff ?? {}).filter(([, { diffKind }]) => diffKind.endsWith("-replace"));
        const why = causes.map(([key]) => key).sort();
        found.add(`${type.split(":").at(-1)} ${urn.split("::").at(-1)}${why.length > 0 ? `: ${why}` : ""}`);
      },
    });
    return [...found].sort();
  };

  for (const state of keptStates()) {
    const replaced = REPLACED[state.version];
    const ofProject = OF_PROJECT[state.kind];
    it(`${state.kind}, by ${state.version}: nothing that stands ends${replaced ? ", but servers" : ""}`, async () => {
      assert.deepEqual(
        (await ended(state)).filter((part) => !replaced?.test(part) && !ofProject?.test(part)),
        [],
      );
    });
  }
});
