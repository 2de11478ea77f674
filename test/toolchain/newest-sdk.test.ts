import assert from "node:assert/strict";
import { declarations } from "./newest-sdk/declarations";
import { differences } from "./newest-sdk/differences";
import { providerSdk } from "./newest-sdk/provider-sdk";
import type { Member, Sdk } from "./newest-sdk/shapes";
import { typeErrors } from "./newest-sdk/type-check";
import { WHEEL_VERSION, wheelSdk } from "./newest-sdk/wheel-sdk";

const GROUP = "openstack:networking/secGroup:SecGroup";

/** The same SDK, in which an argument of security groups has another name. */
function renamed(sdk: Sdk, from: string, to: string): Sdk {
  const group = memberOf(sdk, GROUP);
  const inputs = Object.entries(group.inputs).map(([name, property]) => [name === from ? to : name, property] as const);
  return { ...sdk, resources: { ...sdk.resources, [GROUP]: { ...group, inputs: Object.fromEntries(inputs) } } };
}

function memberOf({ resources, functions }: Sdk, token: string): Member {
  const member = resources[token] ?? functions[token];
  assert.ok(member, `there is no ${token}`);
  return member;
}

/** What the first tells otherwise than the second, of all that the second has too. */
function compared(
  sdk: Sdk,
  other: Sdk,
): { readonly unknown: readonly string[]; readonly different: readonly string[] } {
  const members = { ...other.resources, ...other.functions };
  const tokens = Object.keys({ ...sdk.resources, ...sdk.functions });
  return {
    unknown: tokens.filter((token) => !members[token]),
    different: tokens.flatMap((token) => {
      const there = members[token];
      return there ? differences(memberOf(sdk, token), there).map((line) => `${token} ${line}`) : [];
    }),
  };
}

describe(`the SDK of 5.x: what the provider v3.4.0 says, and pulumi-openstack ${WHEEL_VERSION} of PyPI`, function () {
  this.timeout("3m");
  let ours: Sdk;
  let published: Sdk;

  before(async () => {
    [ours, published] = await Promise.all([providerSdk(), wheelSdk()]);
  });

  it("tell the same of every resource and function that the installed SDK and 5.x have", () => {
    assert.deepEqual(compared(ours, published), {
      // Of FWaaS v1, which is gone.
      unknown: ["openstack:firewall/getPolicy:getPolicy"],
      different: [],
    });
    assert.ok(Object.keys(ours.resources).length >= 90, `only ${Object.keys(ours.resources).length} resources`);
  });

  it("a renamed property is told", () => {
    assert.deepEqual(compared(renamed(ours, "deleteDefaultRules", "dropDefaultRules"), published).different, [
      `${GROUP} inputs.deleteDefaultRules: not here`,
      `${GROUP} inputs.dropDefaultRules: not there`,
    ]);
  });

  it("the program has right types with it", async () => {
    assert.deepEqual(await typeErrors(declarations(ours)), []);
  });

  it("with a property renamed it has not", async () => {
    const broken = declarations(renamed(ours, "deleteDefaultRules", "dropDefaultRules"));
    const [error, ...more] = await typeErrors(broken, ["components/network/security-groups.ts"]);
    assert.match(String(error), /security-groups\.ts\(.*'deleteDefaultRules' does not exist in type 'SecGroupArgs'/);
    assert.deepEqual(more, []);
  });
});
