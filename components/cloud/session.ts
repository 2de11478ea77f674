/** The run's session with the cloud. The provider signs in, so whatever it understands works here too. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { type ConnectionSettings, connectionSettings } from "./connection-settings";
import type { Scope } from "./endpoints";
import { patiently } from "./patience";
import { type Send, transport } from "./transport";

/** Who we are, what the catalogue lists, and how its services are reached. */
export interface Session extends openstack.identity.GetAuthScopeResult {
  readonly settings: ConnectionSettings;
  readonly send: Send;
}

/** @param scope as `getAuthScope` gives it with `setTokenId` */
export function sessionOf<S extends Scope>(scope: S, settings: ConnectionSettings) {
  return { ...scope, settings, send: transport(settings) };
}

/**
 * Inside a Pulumi program.
 * @param name that the provider's answer has in the engine's logs
 */
export async function openSession(name: string, opts?: pulumi.InvokeOptions): Promise<Session> {
  const scope = await patiently(true, () => openstack.identity.getAuthScope({ name, setTokenId: true }, opts));
  const config = new pulumi.Config("openstack");
  return sessionOf(scope, await connectionSettings((key) => config.get(key), scope.region));
}
