/** First-boot instructions that every server gets, whatever its role. Plain values in, a YAML document out. */
import { stringify } from "yaml";

export interface BaseArgs {
  readonly hostname: string;
}

/** A `#cloud-config` document: the host's name, no passwords, no root log-in. */
export function renderBase({ hostname }: BaseArgs): string {
  const config = {
    hostname,
    manage_etc_hosts: true,
    ssh_pwauth: false,
    disable_root: true,
  };
  return `#cloud-config\n${stringify(config)}`;
}
