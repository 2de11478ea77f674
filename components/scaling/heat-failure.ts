/**
 * A stack that Heat fails to make stays in the cloud, and the provider forgets its id: the next `up` would meet a stack of
 * the same name. So Heat's own reason is told, and the failed stack is taken away.
 */
import * as pulumi from "@pulumi/pulumi";
import { type CloudApi, cloudApi } from "../cloud/api";
import { applicationCredential, noTrust } from "../cloud/scaling-needs";
import { openSession } from "../cloud/session";
import { failures, removeStack } from "./heat-api";

export function stackFailureReporter(
  logicalName: string,
  stackName: string,
  opts: pulumi.InvokeOptions,
): pulumi.ErrorHook {
  return new pulumi.ErrorHook(`${logicalName}-heat-failure`, async ({ failedOperation, errors }) => {
    const text = errors.join("\n");
    if (failedOperation === "delete") return false;
    const id = /openstack_orchestration_stack_v1 ([0-9a-f-]{36})/.exec(text)?.[1];
    const report = id
      ? await settle(stackName, id, failedOperation === "create", opts)
      : await adviceOn(text, stackName, opts);
    if (report) await pulumi.log.error(report);
    return false;
  });
}

/** What Heat's refusals mean, where its own words do not say; a trust refused by Keystone is an Internal Server Error. */
async function adviceOn(text: string, stackName: string, opts: pulumi.InvokeOptions): Promise<string | undefined> {
  if (/already exists/i.test(text)) {
    return `Heat has a stack ${stackName} that this Pulumi stack does not know: \`openstack stack delete ${stackName}\`, then up again`;
  }
  const credential = await applicationCredential(await signIn(opts));
  return credential && `elastic groups need a trust; ${noTrust(credential.name)}`;
}

async function signIn(opts: pulumi.InvokeOptions): Promise<CloudApi> {
  return cloudApi(await openSession("heat-failure", opts));
}

async function settle(name: string, id: string, isNew: boolean, opts: pulumi.InvokeOptions): Promise<string> {
  try {
    const api = await signIn(opts);
    const place = `/stacks/${name}/${id}`;
    const reasons = await failures(api, place);
    const report = `Heat stack ${name}: ${reasons}`;
    if (!isNew) return `${report}\n  What to do: remove the cause, then up again`;
    await removeStack(api, place);
    return `${report}\n  The failed stack is deleted. What to do: remove the cause, then up again`;
  } catch (cause) {
    return `Heat stack ${name} (${id}) failed, and could not be looked at or deleted: ${String(cause)}\n  What to do: openstack stack delete ${id}`;
  }
}
