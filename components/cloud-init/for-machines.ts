/** Scripts and settings as servers need them: what is for their readers alone would not fit into user data. */

/** A text inside a script, in which a line that looks like a comment may be none. */
const HERE_DOCUMENT = /<<-?\s*['"]?[A-Za-z_]/;
const DOC_BLOCK = /^[ \t]*\/\*\*[\s\S]*?\*\/\n/gm;
const PHP_COMMENT = /^[ \t]*\/\/.*\n/gm;
/** Empty lines too. Only for PHP: a shell script may have texts of several lines. */
const INDENTATION = /^\s+/gm;
/** Not the first line, which says what runs it. */
const COMMENT = /^[ \t]*#(?!!).*\n/gm;

/** @param path says by its ending what is written there; what is neither a script nor a service's settings stays as it is */
export function forMachines(path: string, content: string): string {
  if (HERE_DOCUMENT.test(content)) return content;
  if (path.endsWith(".php")) return content.replace(DOC_BLOCK, "").replace(PHP_COMMENT, "").replace(INDENTATION, "");
  if (/\.(?:sh|conf|service|timer)$/.test(path)) return content.replace(COMMENT, "");
  return content;
}
