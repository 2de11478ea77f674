import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

export interface CredentialsArgs {
  /** Databases, each with a user of the same name. */
  readonly stores: readonly string[];
}

const LENGTH = 32;
/** No quotes, backslashes or dollar signs: the passwords pass through shells, SQL and PHP. */
const SPECIAL = "-_.~";

/** Generated once, kept encrypted in the stack's state. */
export class Credentials extends pulumi.ComponentResource {
  /** Password of the store's administrator, per store. */
  readonly admin: pulumi.Output<Readonly<Record<string, string>>>;
  /** Password of the store's database user, per store. */
  readonly database: pulumi.Output<Readonly<Record<string, string>>>;

  constructor(name: string, { stores }: CredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ecommerce:database:Credentials", name, {}, opts);
    this.admin = this.passwords(`${name}-admin`, stores);
    this.database = this.passwords(`${name}-database`, stores);
    this.registerOutputs({ admin: this.admin, database: this.database });
  }

  /** Secret as a whole: a secret inside a plain map is not marked as one in a stack's outputs. */
  private passwords(name: string, stores: readonly string[]): pulumi.Output<Record<string, string>> {
    const passwords = Object.fromEntries(
      stores.map((store) => {
        const args = {
          length: LENGTH,
          overrideSpecial: SPECIAL,
          minLower: 1,
          minUpper: 1,
          minNumeric: 1,
          minSpecial: 1,
        };
        return [store, new random.RandomPassword(`${name}-${store}`, args, { parent: this }).result];
      }),
    );
    return pulumi.secret(pulumi.output(passwords));
  }
}
