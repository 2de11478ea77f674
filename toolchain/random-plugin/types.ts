/** The types that the stand-in has. */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { hashSync } from "bcryptjs";
import { randomText } from "./characters";
import { type Properties, UNKNOWN } from "./values";

export interface Mistake {
  readonly property: string;
  readonly reason: string;
}

export interface RandomType {
  /** Every input; a change of any of them replaces the resource. */
  readonly arguments: readonly string[];
  readonly results: readonly string[];
  /** Results that are secrets. */
  readonly secrets: readonly string[];
  /** The inputs with their defaults. */
  complete(inputs: Properties): Properties;
  mistakes(inputs: Properties): Mistake[];
  generate(inputs: Properties): { id: string; outputs: Properties };
  /** What an import of an id gives. @throws Error saying what form the id must have */
  adopt(id: string): { id: string; inputs: Properties; outputs: Properties };
}

/** Work factor of the official provider's bcrypt hash. */
const BCRYPT_COST = 10;

const TEXT_ARGUMENTS = ["keepers", "length", "lower", "upper", "numeric", "number", "special"];
const TEXT_MINIMUMS = ["minLower", "minUpper", "minNumeric", "minSpecial"] as const;

const numberOf = (value: unknown): number => (typeof value === "number" ? value : 0);
const known = (inputs: Properties) => !Object.values(inputs).includes(UNKNOWN);

function completeText(inputs: Properties): Properties {
  const numeric = inputs.numeric ?? inputs.number ?? true;
  const defaults = { lower: true, upper: true, special: true, minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0 };
  return { ...defaults, ...inputs, numeric, number: numeric };
}

function textMistakes(inputs: Properties): Mistake[] {
  if (!known(inputs)) return [];
  const { length, overrideSpecial, ...rules } = completeText(inputs);
  const minimum = TEXT_MINIMUMS.reduce((sum, key) => sum + numberOf(rules[key]), 0);
  const found: Mistake[] = [];
  if (typeof length !== "number" || length < 1) found.push({ property: "length", reason: "must be at least 1" });
  else if (length < minimum) {
    found.push({ property: "length", reason: `must be at least the sum of the minimum counts, which is ${minimum}` });
  }
  if (![rules.lower, rules.upper, rules.numeric, rules.special].includes(true)) {
    found.push({ property: "lower", reason: "at least one of lower, upper, numeric and special must be true" });
  }
  return found;
}

function generateText(inputs: Properties): string {
  const { length, lower, upper, numeric, special, overrideSpecial, ...minimums } = completeText(inputs);
  return randomText({
    length: numberOf(length),
    lower: lower === true,
    upper: upper === true,
    numeric: numeric === true,
    special: special === true,
    overrideSpecial: typeof overrideSpecial === "string" ? overrideSpecial : "",
    minLower: numberOf(minimums.minLower),
    minUpper: numberOf(minimums.minUpper),
    minNumeric: numberOf(minimums.minNumeric),
    minSpecial: numberOf(minimums.minSpecial),
  });
}

const text = {
  arguments: [...TEXT_ARGUMENTS, ...TEXT_MINIMUMS, "overrideSpecial"],
  complete: completeText,
  mistakes: textMistakes,
};

const withHash = (result: string): Properties => ({ result, bcryptHash: hashSync(result.slice(0, 72), BCRYPT_COST) });

function idOutputs(bytes: Buffer, prefix: string): Properties {
  return {
    b64Std: prefix + bytes.toString("base64"),
    b64Url: prefix + bytes.toString("base64url"),
    hex: prefix + bytes.toString("hex"),
    dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
  };
}

const TYPES: Readonly<Record<string, RandomType>> = {
  "random:index/randomPassword:RandomPassword": {
    ...text,
    results: ["result", "bcryptHash"],
    secrets: ["result", "bcryptHash"],
    generate: (inputs) => ({ id: "none", outputs: withHash(generateText(inputs)) }),
    adopt: (id) => ({ id: "none", inputs: { length: id.length }, outputs: withHash(id) }),
  },
  "random:index/randomString:RandomString": {
    ...text,
    results: ["result"],
    secrets: [],
    generate: (inputs) => {
      const result = generateText(inputs);
      return { id: result, outputs: { result } };
    },
    adopt: (id) => ({ id, inputs: { length: id.length }, outputs: { result: id } }),
  },
  "random:index/randomId:RandomId": {
    arguments: ["keepers", "byteLength", "prefix"],
    results: ["b64Std", "b64Url", "hex", "dec"],
    secrets: [],
    complete: (inputs) => inputs,
    mistakes: ({ byteLength }) =>
      byteLength === UNKNOWN || numberOf(byteLength) >= 1
        ? []
        : [{ property: "byteLength", reason: "must be at least 1" }],
    generate: ({ byteLength, prefix }) => {
      const bytes = randomBytes(numberOf(byteLength));
      return { id: bytes.toString("base64url"), outputs: idOutputs(bytes, typeof prefix === "string" ? prefix : "") };
    },
    adopt: (id) => {
      const at = id.lastIndexOf(",") + 1;
      const prefix = id.slice(0, Math.max(0, at - 1));
      const bytes = Buffer.from(id.slice(at), "base64url");
      if (bytes.length === 0) throw new Error(`"${id}" is no RandomId: give [prefix,]base64url`);
      const inputs = { byteLength: bytes.length, ...(prefix ? { prefix } : {}) };
      return { id: id.slice(at), inputs, outputs: idOutputs(bytes, prefix) };
    },
  },
  "random:index/randomUuid:RandomUuid": {
    arguments: ["keepers"],
    results: ["result"],
    secrets: [],
    complete: (inputs) => inputs,
    mistakes: () => [],
    generate: () => {
      const result = randomUUID();
      return { id: result, outputs: { result } };
    },
    adopt: (id) => {
      if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) throw new Error(`"${id}" is no UUID`);
      return { id, inputs: {}, outputs: { result: id } };
    },
  },
  "random:index/randomInteger:RandomInteger": {
    arguments: ["keepers", "min", "max", "seed"],
    results: ["result"],
    secrets: [],
    complete: (inputs) => inputs,
    mistakes: (inputs) => {
      const seed: Mistake = {
        property: "seed",
        reason: "is not in this stand-in: leave it out, or use the official plugin",
      };
      const order: Mistake = { property: "min", reason: `${inputs.min} is larger than max ${inputs.max}` };
      const backwards = known(inputs) && numberOf(inputs.min) > numberOf(inputs.max);
      return [...(inputs.seed === undefined ? [] : [seed]), ...(backwards ? [order] : [])];
    },
    generate: ({ min, max }) => {
      const result = randomInt(numberOf(min), numberOf(max) + 1);
      return { id: String(result), outputs: { result } };
    },
    adopt: (id) => {
      const [result = Number.NaN, min = Number.NaN, max = Number.NaN] = id.split(",").map(Number);
      if ([result, min, max].some(Number.isNaN)) throw new Error(`"${id}" is no RandomInteger: give result,min,max`);
      return { id: String(result), inputs: { min, max }, outputs: { result } };
    },
  },
};

/** @throws Error for a type that the stand-in does not have, naming it and the ways out */
export function randomType(token: string): RandomType {
  const type = TYPES[token];
  if (type) return type;
  const have = Object.keys(TYPES).map((name) => name.split(":").at(-1));
  throw new Error(
    `the stand-in for the random plugin has no ${token}, only ${have.join(", ")}: use one of these, or run where the ` +
      "official plugin can be downloaded (TOOLCHAIN=official)",
  );
}
