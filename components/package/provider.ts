import * as pulumi from "@pulumi/pulumi";
import type { ConstructResult, Provider } from "@pulumi/pulumi/provider";
import { discover } from "../cloud/discover";
import { BACKUP_KEY } from "../config/backups-schema";
import { MAIL_PASSWORD } from "../config/mail-schema";
import { withoutSecrets } from "../config/reader";
import { validate } from "../config/validate";
import { Naming } from "../core/naming";
import { Storefront } from "../storefront";
import { PACKAGE, packageSchema, STOREFRONT, VERSION } from "./schema";

/** Makes a `Storefront` from a stack file's sections, as `index.ts` does from the stack's configuration. */
export class ComponentPackage implements Provider {
  readonly version = VERSION;

  async getSchema(): Promise<string> {
    return JSON.stringify(packageSchema());
  }

  /**
   * @param inputs sections; all that shapes the store must be known in a preview, so no section may come from a resource
   * @throws ConfigError naming every mistake, and the errors of `discover`, before anything is made
   */
  async construct(
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ): Promise<ConstructResult> {
    if (type !== STOREFRONT) throw new Error(`package ${PACKAGE} has no ${type}, only ${STOREFRONT}`);
    const config = validate(name, withoutSecrets(await plain(name, inputs)));
    const { openstack } = Object(options.providers ?? {});
    const naming = new Naming(pulumi.getProject(), pulumi.getStack());
    const cloud = await discover(name, naming.prefix, config, openstack ? { provider: openstack } : undefined);
    const { urn, outputs } = new Storefront(name, { config, cloud, naming, secrets: secretsOf(inputs) }, options);
    return { urn, state: { ...outputs } };
  }
}

/** The secrets among the inputs, whether or not the program marked them as such. */
function secretsOf(inputs: pulumi.Inputs) {
  const secretOf = (key: string) => {
    const value: pulumi.Input<string> | undefined = inputs[key];
    return value === undefined ? undefined : pulumi.secret(value);
  };
  return { mailPassword: secretOf(MAIL_PASSWORD), backupKey: secretOf(BACKUP_KEY) };
}

/** The inputs' values. @throws Error naming every section that a preview does not know */
async function plain(name: string, inputs: pulumi.Inputs): Promise<Record<string, unknown>> {
  const sections = Object.entries(inputs).map(async ([key, input]) => {
    const output = pulumi.output(input);
    return { key, known: await isKnown(output), value: await settled(output) };
  });
  const read = await Promise.all(sections);
  const unknown = read.filter(({ known }) => !known).map(({ key }) => key);
  if (unknown.length > 0) {
    throw new Error(`${name}: ${unknown.join(", ")} must be plain values, known before anything is made`);
  }
  return Object.fromEntries(read.map(({ key, value }) => [key, value]));
}

/** As the SDK itself reads outputs where it must wait for them. */
const isKnown = (output: pulumi.Output<unknown>): Promise<boolean> => Reflect.get(output, "isKnown");
const settled = (output: pulumi.Output<unknown>): Promise<unknown> => Reflect.get(output, "promise").call(output);
