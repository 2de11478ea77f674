/** Whether the stack file would take away what the store has. */
import { losses } from "../../../components/cloud/losses";
import type { StoreConfig } from "../../../components/config/schema";
import type { CloudView } from "../cloud-view";
import { type Finding, wrong } from "../finding";

/** @param prefix of the stack's names */
export async function changes(cloud: CloudView, config: StoreConfig, prefix: string): Promise<Finding[]> {
  return losses(config, await cloud.existing(prefix, config)).map(({ key, problem }) => wrong(key, problem));
}
