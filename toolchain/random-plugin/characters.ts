/** Random text with guaranteed counts a class, as the official provider makes it. */
import { randomInt } from "node:crypto";

export interface TextRules {
  readonly length: number;
  readonly lower: boolean;
  readonly upper: boolean;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly minLower: number;
  readonly minUpper: number;
  readonly minNumeric: number;
  readonly minSpecial: number;
  readonly overrideSpecial: string;
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const DIGITS = "0123456789";
export const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

/** Text of the rules' length: first the minimum of each class, then anything allowed, then all of it shuffled. */
export function randomText(rules: TextRules): string {
  const special = rules.overrideSpecial || SPECIAL;
  const any = [
    rules.lower ? LOWER : "",
    rules.upper ? UPPER : "",
    rules.numeric ? DIGITS : "",
    rules.special ? special : "",
  ].join("");
  const guaranteed = [
    ...pick(LOWER, rules.minLower),
    ...pick(UPPER, rules.minUpper),
    ...pick(DIGITS, rules.minNumeric),
    ...pick(special, rules.minSpecial),
  ];
  return shuffle([...guaranteed, ...pick(any, rules.length - guaranteed.length)]).join("");
}

function pick(alphabet: string, count: number): string[] {
  return Array.from({ length: count }, () => alphabet.charAt(randomInt(alphabet.length)));
}

/** Fisher-Yates, with the operating system's randomness. */
function shuffle(characters: string[]): string[] {
  const shuffled = [...characters];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other] ?? "", shuffled[last] ?? ""];
  }
  return shuffled;
}
