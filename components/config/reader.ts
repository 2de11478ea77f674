/** The one reader of configuration: nothing else in the program looks at stack config. */
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { BACKUP_KEY } from "./backups-schema";
import { COPY_KEY, refuseWrongCopy } from "./copied";
import { MAIL_PASSWORD } from "./mail-schema";
import type { StoreConfig } from "./schema";
import { validate, validated } from "./validate";

/**
 * Reads and checks the whole configuration of the current stack.
 * @throws ConfigError naming every mistake, before any resource is registered; Error where it is another stack file's old copy
 */
export function readConfig(): StoreConfig {
  refuseWrongCopy(pulumi.runtime.allConfig()[COPY_KEY], pulumi.getStack());
  return validate(pulumi.getProject(), withoutSecrets(ownKeys()));
}

/** What is for the servers' eyes only. */
export interface StoreSecrets {
  /** None: the relay asks for none. */
  readonly mailPassword: pulumi.Output<string> | undefined;
  /** None: the store restores from its own backups, if at all. */
  readonly backupKey: pulumi.Output<string> | undefined;
}

/** The stack's secrets, of a configuration that `readConfig` found sound. */
export function readSecrets({ database, shop }: StoreConfig): StoreSecrets {
  const config = new pulumi.Config();
  return {
    mailPassword: shop.mail?.user ? config.requireSecret(MAIL_PASSWORD) : undefined,
    backupKey: database.restore?.container ? config.requireSecret(BACKUP_KEY) : undefined,
  };
}

/** The keys with a placeholder for each secret: the schema sees that it is there, and messages show no more. */
export function withoutSecrets(keys: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = [MAIL_PASSWORD, BACKUP_KEY].filter((key) => keys[key]);
  return { ...keys, ...Object.fromEntries(given.map((key) => [key, "[secret]"])) };
}

/** The same for another stack's program, by its own schema. @throws ConfigError naming every mistake */
export function readConfigOf<T extends z.ZodObject>(schema: T): z.output<T> {
  return validated(schema, pulumi.getProject(), ownKeys());
}

function ownKeys(): Record<string, unknown> {
  const prefix = `${pulumi.getProject()}:`;
  const own = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, text]) => [key.slice(prefix.length), structured(text)]));
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
