/** What went wrong with a request that was answered. */

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    /** What the API said of it: JSON mostly, or nothing. */
    readonly answer = "",
    /** Seconds that it asks to wait before another attempt. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** Answered with success, but with something that is no JSON: a gateway's page, or the half of an answer. */
export class UnreadableAnswer extends Error {}

/** Characters of an answer that an error shows. */
const SHOWN = 200;

/** @returns what an answer that is a refusal says, in one line: OpenStack's message, or the text of a gateway's page */
export function wordsIn(answer: string): string {
  return (messageIn(answer) ?? answer.replace(/<(style|script|title)[\s\S]*?<\/\1>|<[^>]*>/gi, " "))
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, SHOWN);
}

/** Keys that OpenStack's services have it under, one or two levels deep. */
const KEYS = ["message", "faultstring", "explanation", "error", "title"];

function messageIn(answer: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(answer);
  } catch {
    return undefined;
  }
  const places = [parsed, ...Object.values(Object(parsed))];
  const said = places.flatMap((place) => KEYS.map((key): unknown => Object(place)[key]));
  return said.find((text): text is string => typeof text === "string" && text !== "");
}

/** @throws UnreadableAnswer */
export function jsonObject(answer: string, problem: string): Record<string, unknown> {
  if (answer === "") return {};
  try {
    const parsed: unknown = JSON.parse(answer);
    // Of Gnocchi's and Aodh's lists too.
    if (typeof parsed === "object" && parsed !== null) return Object(parsed);
  } catch {
    // Told below, as with a mere number or text.
  }
  const isPage = /^\s*</.test(answer);
  const what = isPage
    ? `a page of HTML ("${wordsIn(answer)}")`
    : `JSON that is cut off or none ("${answer.slice(-60)}" is its end)`;
  throw new UnreadableAnswer(`${problem} with ${what}`);
}
