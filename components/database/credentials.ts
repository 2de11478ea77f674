import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { PASSWORD_LENGTH } from "../core/database-accounts";
import { type BackupKey, backupKey } from "./backup-key";

export interface CredentialsArgs {
  /** Databases, each with a user of the same name. */
  readonly stores: readonly string[];
  /** Users who only read. */
  readonly readers: readonly string[];
  /** Whether there is a keeper. */
  readonly backups?: object | undefined;
}

/** OpenCart takes no longer one. */
const ADMIN_LENGTH = 20;
const SEED_LENGTH = 64;
/** No quotes or dollar signs: they pass through SQL and PHP. No dashes: OpenCart's installer would see an option. */
const SPECIAL = "_.~";

/** What backups are made and opened with. */
export interface BackupSecrets {
  /** Password of the keeper's account. */
  readonly keeper: string;
  /** Password of the account that restores. */
  readonly restorer: string;
  readonly key: BackupKey;
}

/** Secrets. */
export interface StorePasswords {
  readonly admin: pulumi.Output<string>;
  readonly database: pulumi.Output<string>;
}

/** Generated once, kept encrypted in the stack's state. */
export class Credentials extends pulumi.ComponentResource {
  /** Password of the store's administrator, per store. */
  readonly admin: pulumi.Output<Readonly<Record<string, string>>>;
  /** Password of the store's database user, per store. */
  readonly database: pulumi.Output<Readonly<Record<string, string>>>;
  /** One store's own, which a preview knows that makes another store's. */
  readonly ofStore: Readonly<Record<string, StorePasswords>>;

  /** Password of each user who only reads. */
  readonly readers: pulumi.Output<Readonly<Record<string, string>>>;
  /** What the database's certificates are made from, and the key by which its server learns who may use it. */
  readonly certificateSeed: pulumi.Output<string>;
  /** Secret; none: there is no keeper. */
  readonly backups: pulumi.Output<BackupSecrets> | undefined;

  constructor(name: string, { stores, readers, backups }: CredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:database:Credentials", name, {}, opts);
    const admin = (store: string) => this.password(`${name}-admin-${store}`, ADMIN_LENGTH);
    const database = (store: string) => this.password(`${name}-database-${store}`, PASSWORD_LENGTH);
    const reader = (user: string) => this.password(`${name}-reader-${user}`, PASSWORD_LENGTH);
    this.ofStore = Object.fromEntries(stores.map((one) => [one, { admin: admin(one), database: database(one) }]));
    const of = (key: keyof StorePasswords) =>
      Object.entries(this.ofStore).map(([one, its]) => [one, its[key]] as const);
    this.admin = together(of("admin"));
    this.database = together(of("database"));
    this.readers = together(readers.map((user) => [user, reader(user)] as const));
    const seed = (purpose: string) =>
      new random.RandomPassword(`${name}-${purpose}`, { length: SEED_LENGTH, special: false }, { parent: this }).result;
    this.certificateSeed = seed("certificates");
    // Kept without a keeper too: it opens the backups that an earlier one has made.
    const keySeed = seed("backup-key");
    if (backups) {
      const made = [seed("keeper"), seed("restorer"), keySeed];
      this.backups = pulumi.secret(
        pulumi.all(made).apply(([keeper = "", restorer = "", key = ""]) => ({ keeper, restorer, key: backupKey(key) })),
      );
    }
    this.registerOutputs({ admin: this.admin, database: this.database });
  }

  private password(name: string, length: number): pulumi.Output<string> {
    const args = { length, overrideSpecial: SPECIAL, minLower: 1, minUpper: 1, minNumeric: 1, minSpecial: 1 };
    return new random.RandomPassword(name, args, { parent: this }).result;
  }
}

/** Secret as a whole: a secret inside a plain map is not marked as one in a stack's outputs. */
const together = (passwords: readonly (readonly [string, pulumi.Output<string>])[]) =>
  pulumi.secret(pulumi.output(Object.fromEntries(passwords)));
