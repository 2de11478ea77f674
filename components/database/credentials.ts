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

/** Generated once, kept encrypted in the stack's state. */
export class Credentials extends pulumi.ComponentResource {
  /** Password of the store's administrator, per store. */
  readonly admin: pulumi.Output<Readonly<Record<string, string>>>;
  /** Password of the store's database user, per store. */
  readonly database: pulumi.Output<Readonly<Record<string, string>>>;

  /** Password of each user who only reads. */
  readonly readers: pulumi.Output<Readonly<Record<string, string>>>;
  /** What the database's certificates are made from, and the key by which its server learns who may use it. */
  readonly certificateSeed: pulumi.Output<string>;
  /** Secret; none: there is no keeper. */
  readonly backups: pulumi.Output<BackupSecrets> | undefined;

  constructor(name: string, { stores, readers, backups }: CredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:database:Credentials", name, {}, opts);
    this.admin = this.passwords(`${name}-admin`, stores, ADMIN_LENGTH);
    this.database = this.passwords(`${name}-database`, stores, PASSWORD_LENGTH);
    this.readers = this.passwords(`${name}-reader`, readers, PASSWORD_LENGTH);
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

  /** Secret as a whole: a secret inside a plain map is not marked as one in a stack's outputs. */
  private passwords(name: string, names: readonly string[], length: number): pulumi.Output<Record<string, string>> {
    const passwords = Object.fromEntries(
      names.map((owner) => {
        const args = {
          length,
          overrideSpecial: SPECIAL,
          minLower: 1,
          minUpper: 1,
          minNumeric: 1,
          minSpecial: 1,
        };
        return [owner, new random.RandomPassword(`${name}-${owner}`, args, { parent: this }).result];
      }),
    );
    return pulumi.secret(pulumi.output(passwords));
  }
}
