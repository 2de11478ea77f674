/** Whether a run that failed has told its user what failed, where and why. */

const WHAT = [
  /openstack_\w+/,
  /\b(GET|HEAD|POST|PUT|PATCH|DELETE)\b\W+https?:/i,
  /https?:\/\/\S+ failed/,
  /\becommerce:[\w.]+: /,
  /\b(server|balancer|stack) \S+ \(/,
];
const WHY = [
  /\b(409|429|500|503)\b/,
  /connection (error|reset|refused)|reset by peer|ECONNRESET|other side closed|broken pipe|breaks off/i,
  /\bEOF\b|cut off|unexpected end of JSON|invalid character/i,
  /time-?d?\s?-?out|deadline exceeded|aborted due to timeout/i,
  /\bERROR\b/,
];
/** Of a program that has lost its way, whatever else it says. */
const LOST = [
  /^panic:/m,
  /goroutine \d+ \[/,
  /\[object Object\]/,
  /\b(TypeError|ReferenceError|ZodError)\b/,
  /\bis undefined\b/,
];

/** @returns what is wrong with it; nothing where it is clear */
export function unclear(said: string): string[] {
  return [
    ...(WHAT.some((one) => one.test(said)) ? [] : ["it does not say what failed"]),
    ...(WHY.some((one) => one.test(said)) ? [] : ["it does not say why"]),
    ...LOST.flatMap((one) => one.exec(said)?.[0] ?? []).map((found) => `it says "${found}"`),
  ];
}
