/** Text as Python takes it: what OpenStack's services accept is what their language's own functions accept. */

/** Beyond ASCII. JavaScript's `trim` takes U+FEFF too. */
const FOREIGN_SPACE = "\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
/** `str.strip()` also takes U+001C to U+001F, `int()` does not. */
const AROUND_TEXT = new RegExp(`^[\\t-\\r\\x1c- ${FOREIGN_SPACE}]+|[\\t-\\r\\x1c- ${FOREIGN_SPACE}]+$`, "gu");
const AROUND_NUMBER = new RegExp(`^[\\t-\\r ${FOREIGN_SPACE}]+|[\\t-\\r ${FOREIGN_SPACE}]+$`, "gu");

/** `text.strip()`. */
export const strip = (text: string): string => text.replace(AROUND_TEXT, "");

/**
 * `int(text)`: a sign, spaces around, single underscores between digits, and decimal digits of any script.
 * @returns undefined where Python raises ValueError
 */
export function int(text: string): number | undefined {
  const bare = text.replace(AROUND_NUMBER, "");
  const [, sign = "", digits] = /^([+-]?)(\p{Nd}+(?:_\p{Nd}+)*)$/u.exec(bare) ?? [];
  if (digits === undefined) return undefined;
  const plain = digits.replaceAll("_", "").replace(/\p{Nd}/gu, decimal);
  // Adding makes a plain zero of a negative one.
  return Number(`${sign}${plain}`) + 0;
}

/** Unicode has decimal digits in runs of ten, from zero to nine. */
function decimal(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let start = code;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(start - 1))) start--;
  return String((code - start) % 10);
}
