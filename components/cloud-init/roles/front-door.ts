/** Who may open administration and API: part of the web role's Apache, which knows each client's true address. */

/** What OpenCart trims off a parameter's name, or PHP does, as an address spells it. */
export const TRIMMED = String.raw`(?:[\x01-\x20+]|%[01][0-9A-Fa-f]|%20)*`;

/** A word of a parameter's name, each letter plain or as its code: PHP decodes names too. */
export function encodable(word: string): string {
  const letters = [...word].map((letter) => {
    const [high, low = ""] = letter.charCodeAt(0).toString(16);
    return `(?:${letter}|%${high}${/[a-f]/.test(low) ? `[${low}${low.toUpperCase()}]` : low})`;
  });
  return letters.join("");
}

const NAME = `${TRIMMED}${encodable("route")}[^=&]*`;
/** The parameter that says which part of the shop is meant, however its name is spelt. */
export const ROUTE = `(?:^|&)${NAME}`;

/** Routes as the shop's own pages spell them; the only codes are those that browsers make of `/`, `.` and `|`. */
const PLAIN = "(?:[A-Za-z0-9_/.|]|%2[EFef]|%7[Cc])*";
/** OpenCart throws out every other character of a route, so that `a-pi` is `api`: what is not plain is nobody's page. */
export const ODD_ROUTE = `${ROUTE}=(?!${PLAIN}(?:&|$))`;
/** A path that is no file becomes the first parameter of a query, unescaped, and may bring others. */
export const ROUTE_IN_PATH = `&${NAME}`;

/** These OpenCart drops from a plain route where they make no difference to it. */
const DROPPED = "(?:[_.|]|%2[Ee]|%7[Cc])*";
const SLASH = "(?:/|%2[Ff])";
/** A word of a plain route, with what OpenCart drops. */
export const dropped = (word: string) => [...word].join(DROPPED);
const ONE_PART = "(?:(?!%2[Ff])[^&/])*";
/** `api/…`, and the API of an extension, `extension/<name>/api/…`; to be matched without regard to case. */
export const API_ROUTE =
  `${ROUTE}=${SLASH}*${DROPPED}(?:${dropped("extension")}${DROPPED}${SLASH}+${ONE_PART}${SLASH}+${DROPPED})?` +
  `${dropped("api")}${DROPPED}(?:${SLASH}|[.|]|%2[Ee]|%7[Cc]|&|$)`;
export const ADMINISTRATION = "^/admin(?:/|$)";

/**
 * @param backoffice CIDRs from which administration and API can be opened; none: they are closed
 * @returns lines for the virtual host, to stand before those that lead to the shop
 */
export function backofficeDoor(backoffice: readonly string[]): string {
  const inside = backoffice.map((cidr) => `-R '${cidr}'`).join(" || ");
  return `  # Addresses that only somebody looking for a way round would spell so.
  RewriteEngine On
  RewriteCond %{QUERY_STRING} "${ODD_ROUTE}" [OR]
  RewriteCond %{REQUEST_URI} "${ROUTE_IN_PATH}"
  RewriteRule ^ - [R=400,L]
  # Administration and API: ${inside === "" ? "closed, since access.backoffice and access.admins name nobody" : "for access.backoffice only"}.
${inside === "" ? "" : `  RewriteCond expr "!(${inside})"\n`}  RewriteCond %{REQUEST_URI} "${ADMINISTRATION}" [OR]
  RewriteCond %{QUERY_STRING} "${API_ROUTE}" [NC]
  RewriteRule ^ - [F,L]
`;
}
