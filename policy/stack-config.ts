/**
 * The stack's config. The engine sends it to every policy pack, and the SDK drops all of it but the tags: it is read on
 * its way to the SDK.
 */
import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";

export interface StackConfig {
  /** By key, such as `openstack:password`; what is encrypted in the stack file is plain here. */
  readonly values: ReadonlyMap<string, string>;
  readonly encrypted: ReadonlySet<string>;
}

let current: StackConfig = { values: new Map(), encrypted: new Set() };

export const stackConfig = (): StackConfig => current;

/** What the engine has sent; tests say it themselves. */
export function rememberStackConfig(config: StackConfig): void {
  current = config;
}

/** To be called before the pack is served. */
export function listenForStackConfig(): void {
  const method = AnalyzerService.configureStack;
  const read = method.requestDeserialize;
  method.requestDeserialize = (bytes) => {
    const request = read(bytes);
    rememberStackConfig({
      values: new Map(request.getConfigMap().entries()),
      encrypted: new Set(request.getConfigSecretKeysList()),
    });
    return request;
  };
}
