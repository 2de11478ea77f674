/** The one reader of configuration: nothing else in the program looks at stack config. */
import * as pulumi from "@pulumi/pulumi";
import type { StoreConfig } from "./schema";
import { validate } from "./validate";

/**
 * Reads and checks the whole configuration of the current stack.
 * @throws ConfigError naming every mistake, before any resource is registered
 */
export function readConfig(): StoreConfig {
  const namespace = pulumi.getProject();
  const prefix = `${namespace}:`;
  const input: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(pulumi.runtime.allConfig())) {
    if (key.startsWith(prefix)) input[key.slice(prefix.length)] = structured(text);
  }
  return validate(namespace, input);
}

/** Pulumi hands objects and lists over as JSON text, and everything else as plain text. */
function structured(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
