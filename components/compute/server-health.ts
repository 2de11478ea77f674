/**
 * Nova accepts a server first and builds it later: one that fails to build stays, in status ERROR, and the provider
 * does not look again. So every `up` asks Nova itself, and an ERROR is named with Nova's own words.
 */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { cloudApi } from "../cloud/api";
import { passes, patiently } from "../cloud/patience";
import { openSession } from "../cloud/session";

const faultSchema = z.object({ server: z.object({ fault: z.object({ message: z.string() }).optional() }) });

/**
 * The server's id, once Nova says that the server is not in ERROR.
 * @param replaced URN of what is to be replaced for another server; default: the server itself
 * @throws Error (in the output) naming the server, Nova's fault and the command that replaces it
 */
export function healthyServerId(
  instance: openstack.compute.Instance,
  name: string,
  opts: pulumi.InvokeOptions,
  replaced = instance.urn,
): pulumi.Output<string> {
  return pulumi.all([instance.id, replaced]).apply(async ([id, urn]) => {
    if ((await statusOf(id, name, opts)) === "error") throw new Error(await faultReport(name, id, urn, opts));
    return id;
  });
}

/**
 * Names Nova's fault as soon as the creation of a server fails; the provider's own error says only "ERROR".
 * @param replaced as of `healthyServerId`
 */
export function faultReporter(
  logicalName: string,
  name: string,
  opts: pulumi.InvokeOptions,
  replaced?: pulumi.Output<pulumi.URN>,
): pulumi.ErrorHook {
  return new pulumi.ErrorHook(`${logicalName}-fault`, async ({ urn, errors }) => {
    const id = errors.map((error) => /instance \(([0-9a-f-]{36})\)/.exec(error)?.[1]).find((found) => found);
    const other = replaced && (await new Promise<string>((resolve) => replaced.apply(resolve)));
    if (id) await pulumi.log.error(await faultReport(name, id, other ?? urn, opts));
    return false;
  });
}

async function statusOf(id: string, name: string, opts: pulumi.InvokeOptions): Promise<string> {
  try {
    return (await patiently(true, () => openstack.compute.getInstanceV2({ id }, opts))).powerState;
  } catch (cause) {
    if (passes(cause, true)) throw new Error(`server ${name} (${id}) cannot be read, run it again: ${String(cause)}`);
    const advice = "if somebody deleted it, pulumi refresh tells the stack, and the next up makes it anew";
    throw new Error(`server ${name} (${id}) cannot be read; ${advice}: ${String(cause)}`);
  }
}

async function faultReport(name: string, id: string, urn: string, opts: pulumi.InvokeOptions): Promise<string> {
  const fault = await novaFault(id, opts);
  return `server ${name} (${id}) is in ERROR: ${fault}\n  What to do: remove the cause, then pulumi up --replace '${urn}'`;
}

/** Nova's fault message; what hinders the question is told in its place, so that it never hides the ERROR itself. */
async function novaFault(id: string, opts: pulumi.InvokeOptions): Promise<string> {
  try {
    const answer = await cloudApi(await openSession("fault", opts)).call("compute", `/servers/${id}`);
    return faultSchema.parse(answer).server.fault?.message ?? "Nova gives no fault";
  } catch (cause) {
    return `Nova could not be asked for the fault (${cause instanceof Error ? cause.message : String(cause)})`;
  }
}
