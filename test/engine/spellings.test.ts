/** Policies read prefixes, protocols and ACLs as Neutron and Swift do: compared with their own code, on generated spellings. */
import assert from "node:assert/strict";
import path from "node:path";
import fc from "fast-check";
import { z } from "zod";
import { RULES } from "../../policy/rules";
import { prefixOf, protocolOf, REFUSED } from "../../policy/spelling/neutron";
import { cleanAcl, strangersIn } from "../../policy/spelling/swift";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import { labPython } from "../support/lab-python";
import { judge } from "../support/policy";

const SEED = 20_260_117;
/** Of prefixes, of protocols, of whole rules and of ACLs each. */
const MANY = 10_000;

const refused = z.literal(REFUSED);
const answerSchema = z.object({
  prefixes: z.array(z.union([refused, z.tuple([z.number(), z.number(), z.number()])])),
  protocols: z.array(z.union([refused, z.literal("any"), z.number()])),
  rules: z.array(z.union([refused, z.literal("all"), z.null(), z.tuple([z.number(), z.number()])])),
  acls: z.array(z.union([refused, z.tuple([z.string(), z.string()])])),
});

const oneOf = (...texts: string[]) => fc.constantFrom(...texts);
const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(""));
const spaces = oneOf(
  "",
  "",
  "",
  "",
  " ",
  "  ",
  "\t",
  "\n",
  "\r\n",
  "\u00a0",
  "\u3000",
  "\u2028",
  "\u0085",
  "\u001c",
  "\ufeff",
);
const spaced = (text: fc.Arbitrary<string>) => joined(spaces, text, spaces);
const DIGITS = ["0123456789", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "０１２３４５６７８９", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "𝟶𝟷𝟸𝟹𝟺𝟻𝟼𝟽𝟾𝟿"].map(
  (run) => [...run],
);

/** A number as `int()` takes it, or nearly. */
const numeral = (value: fc.Arbitrary<number>) =>
  spaced(
    fc
      .tuple(
        value,
        fc.constantFrom(...DIGITS),
        oneOf("", "", "", "0", "00", "0_", "_"),
        oneOf("", "", "", "+", "-", "+ "),
      )
      .map(
        ([number, run, zeros, sign]) =>
          sign + zeros + [...String(number)].map((digit) => run[Number(digit)] ?? digit).join(""),
      ),
  );

const octet = fc.oneof(
  oneOf("0", "10", "127", "128", "192", "255"),
  fc.integer({ min: 0, max: 260 }).map(String),
  oneOf("00", "01", "0x0", ""),
);
const ipv4 = fc.oneof(
  oneOf("0.0.0.0", "128.0.0.0", "203.0.113.9", "10.0.0.0", "0", "0.0", "10", "0.0.0.0.0", "0x0", " 0.0.0.0"),
  joined(octet, fc.constant("."), octet, fc.constant("."), octet, fc.constant("."), octet),
  fc.ipV4(),
);
const ipv6 = fc.oneof(
  oneOf(
    "::",
    "0::",
    "::0",
    "0:0:0:0:0:0:0:0",
    "::0.0.0.0",
    "::ffff:0.0.0.0",
    "::00.0.0.0",
    "2000::",
    "8000::",
    "2001:DB8::1",
    "::%lo",
    ":::",
    "[::]",
    "00000::",
    "2001:db8:::1",
  ),
  fc.ipV6(),
);
const bits = (most: number) => numeral(fc.integer({ min: 0, max: most + 2 }));
const mask4 = fc.oneof(
  fc.integer({ min: 0, max: 32 }).map((length) => dotted(length === 0 ? 0 : (0xffff_ffff << (32 - length)) >>> 0)),
  fc
    .integer({ min: 0, max: 32 })
    .map((length) => dotted(length === 0 ? 0xffff_ffff : ((0xffff_ffff << (32 - length)) ^ 0xffff_ffff) >>> 0)),
  oneOf("255.0.255.0", "0.0.0.1", "128.0.0.1", "0.0", "00.0.0.0"),
);
const mask6 = oneOf(
  "::",
  "8000::",
  "ff00::",
  "fffe::",
  "ffff::",
  "ffff:ffff::",
  "3f:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  "::1",
  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  "ff00::1",
);

const prefix = fc.oneof(
  { weight: 6, arbitrary: joined(ipv4, fc.constant("/"), fc.oneof(bits(32), mask4)) },
  { weight: 4, arbitrary: joined(ipv6, fc.constant("/"), fc.oneof(bits(128), mask6)) },
  { weight: 1, arbitrary: fc.oneof(ipv4, ipv6) },
  {
    weight: 1,
    arbitrary: joined(
      fc.oneof(ipv4, ipv6),
      oneOf("/", "//", "/0/0", "\\0", "/ ", "/x"),
      fc.oneof(mask4, mask6, bits(32)),
    ),
  },
  { weight: 1, arbitrary: joined(spaces, ipv4, spaces, fc.constant("/"), spaces, bits(8)) },
);

const NAMES = [
  "any",
  "tcp",
  "udp",
  "icmp",
  "icmpv6",
  "ipv6-icmp",
  "ip",
  "hopopt",
  "ipip",
  "sctp",
  "vrrp",
  "ah",
  "gre",
  "dccp",
  "udplite",
  "all",
  "none",
  "toString",
  "tcpp",
];
const protocol = fc.oneof(
  fc
    .tuple(oneOf(...NAMES), fc.func(fc.boolean()), oneOf("", "", "", " "))
    .map(
      ([name, upper, end]) => [...name].map((letter, at) => (upper(at) ? letter.toUpperCase() : letter)).join("") + end,
    ),
  numeral(fc.oneof(fc.constantFrom(0, 1, 6, 17, 58, 132, 255, 256), fc.integer({ min: 0, max: 300 }))),
);
const portNumber = fc.oneof(
  fc.constantFrom(0, 1, 22, 80, 3306, 5432, 6379, 65_535),
  fc.integer({ min: 0, max: 65_535 }),
);
const rule = fc
  .record({
    protocol: fc.oneof(oneOf("tcp", "TCP", "6", "udp", "any", "ANY", "0", "hopopt", ""), protocol),
    ports: fc.tuple(portNumber, portNumber),
    ordered: fc.nat(9).map((one) => one > 0),
    network: fc.oneof(
      oneOf(
        "",
        "0.0.0.0/0",
        "0.0.0.0/0 ",
        "::/0",
        "0.0.0.0/0.0.0.0",
        "10.0.0.0/8",
        "10.0.0.0/7",
        "2001:db8::/16",
        "2001:db8::/15",
      ),
      prefix,
    ),
    fits: fc.nat(9).map((one) => one > 0),
  })
  .map(({ protocol, ports, ordered, network, fits }) => {
    const [low, high] = ordered ? ports.toSorted((one, other) => one - other) : ports;
    const ranged = protocolOf(protocol) !== "any";
    return {
      protocol,
      ethertype: network.includes(":") === fits ? "IPv6" : "IPv4",
      port_range_min: ranged ? low : 0,
      port_range_max: ranged ? high : 0,
      remote_ip_prefix: network,
    };
  });

const host = fc.oneof(
  oneOf(
    "*",
    "*",
    "*.example.com",
    ".example.com",
    "example.com",
    "shop.example.com",
    ".com",
    "*.",
    ".",
    "",
    "unknown",
    "Example.com",
    "**",
    "*x",
    "a b",
    "a/b",
  ),
  fc.stringMatching(/^[a-z.*-]{1,6}$/),
);
const item = fc.oneof(
  joined(
    spaced(oneOf(".r", ".ref", ".referer", ".referrer", ".R", ".Ref", ".rr", "r", ".")),
    fc.constant(":"),
    spaces,
    oneOf("", "", "-", "- ", "--"),
    spaced(host),
  ),
  spaced(
    oneOf(
      ".rlistings",
      "*:*",
      "*",
      "%2A:%2a",
      "%2A%3A*",
      "*%3a*",
      "%252A:*",
      "project:*",
      "*:user",
      "project:user",
      "* : *",
      "*:*:*",
      "member",
      "",
      "%",
      "%2",
    ),
  ),
);
const acl = fc
  .tuple(fc.array(item, { minLength: 1, maxLength: 4 }), oneOf(",", ", ", " , ", ",,"))
  .map(([items, comma]) => items.join(comma));

function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}

/** The ports that a rule looks for. */
const WATCHED = {
  "network-no-ssh-from-the-world": [22],
  "network-no-rdp-from-the-world": [3389],
  "network-no-database-from-the-world": [1433, 1521, 3306, 5432, 6379, 9200, 11_211, 27_017, 33_060],
};

describe("spellings that policies judge", function () {
  this.timeout("5m");
  const sample = <T>(arbitrary: fc.Arbitrary<T>) => fc.sample(arbitrary, { seed: SEED, numRuns: MANY });
  const prefixes = sample(prefix);
  const protocols = sample(protocol);
  const rules = sample(rule);
  const acls = sample(fc.tuple(acl, fc.constantFrom<"read" | "write">("read", "read", "write")));
  let theirs: z.output<typeof answerSchema>;

  before(async function () {
    const python = await labPython();
    if (!python) {
      console.log("      skipped: the lab's packages are not installed; npm run lab -- up installs them");
      this.skip();
    }
    const input = JSON.stringify({ prefixes, protocols, rules, acls });
    const { stdout } = await run(python, [path.join(ROOT, "test/engine/spellings.py")], { input, stdin: "pipe" });
    theirs = answerSchema.parse(JSON.parse(stdout));
  });

  /** @param part the least part of the spellings that must be of each kind, so that the comparison means something */
  function same(ours: readonly unknown[], their: readonly unknown[], given: readonly unknown[], part = 0.1): void {
    const differ = given.flatMap((one, index) => {
      const [our, other] = [JSON.stringify(ours[index]), JSON.stringify(their[index])];
      return our === other ? [] : [`${JSON.stringify(one)}: ours ${our}, theirs ${other}`];
    });
    assert.deepEqual(differ.slice(0, 20), [], `${differ.length} of ${given.length} differ`);
    assert.equal(their.length, MANY);
    for (const kind of [true, false]) {
      const share = their.filter((one) => (one === REFUSED) === kind).length / their.length;
      assert.ok(share >= part, `${kind ? "refused" : "taken"}: ${share}`);
    }
  }

  it(`${MANY} prefixes are what Neutron's converter makes of them`, () => {
    const ours = prefixes.map((text) => {
      const one = prefixOf(text);
      return one === REFUSED ? one : [one.version, value(one.address), one.length];
    });
    same(ours, theirs.prefixes, prefixes);
  });

  it(`${MANY} protocols are what Neutron's converter makes of them`, () => {
    same(protocols.map(protocolOf), theirs.protocols, protocols);
  });

  it(`${MANY} ACLs are what Swift's parser makes of them, and admit whom Swift admits`, () => {
    const ours = acls.map(([text, way]) => {
      const strangers = strangersIn(text, way);
      return strangers === REFUSED ? strangers : [strangers, cleanAcl(text, way)];
    });
    same(ours, theirs.acls, acls);
    for (const whom of ["everybody", "every user", "nobody"]) {
      assert.ok(theirs.acls.filter(([who]) => who === whom).length >= MANY / 100, whom);
    }
  });

  for (const [name, ports] of Object.entries(WATCHED)) {
    it(`${name} says of ${MANY} rules what they are to Neutron`, async () => {
      const policy = RULES.find((one) => one.name === name);
      assert.ok(policy);
      const taken = rules.flatMap((one, index) => {
        const made = theirs.rules[index];
        return made === undefined || made === REFUSED ? [] : [{ one, made }];
      });
      const open = taken.filter(
        ({ made }) => made === "all" || ports.some((port) => made && made[0] <= port && port <= made[1]),
      );
      assert.ok(taken.length >= MANY / 5, `${taken.length} taken`);
      assert.ok(open.length >= MANY / 100 && open.length < taken.length, `${open.length} open`);
      const verdict = async ({ one }: (typeof taken)[number]) => {
        const props = {
          direction: "ingress",
          ethertype: one.ethertype,
          protocol: one.protocol,
          portRangeMin: one.port_range_min,
          portRangeMax: one.port_range_max,
          remoteIpPrefix: one.remote_ip_prefix,
        };
        return (
          (await judge(policy, [{ kind: "openstack:networking/secGroupRule:SecGroupRule", name: "it", props }]))
            .length > 0
        );
      };
      const wrong: string[] = [];
      for (const each of taken) if ((await verdict(each)) !== open.includes(each)) wrong.push(JSON.stringify(each));
      assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} differ`);
    });
  }
});

/** Of an address, as Python's JSON gives it: 128 bits lose their last ones on both sides alike. */
function value(address: string): number {
  const [parts, base] = address.includes(":")
    ? [address.split(":").map((part) => BigInt(`0x${part}`)), 16n]
    : [address.split(".").map(BigInt), 8n];
  return Number(parts.reduce((sum, part) => (sum << base) + part, 0n));
}
