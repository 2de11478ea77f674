/** One naming and tagging scheme, so that two stacks live side by side in one OpenStack project. */

/** Longest name that is still a host name (RFC 1123 label). */
const LONGEST = 63;

export class Naming {
  /** `<project>-<stack>`: prefix of every name, and the tag of everything in the stack. */
  readonly prefix: string;

  /** @throws Error when a server's name would be no host name */
  constructor(
    readonly project: string,
    readonly stack: string,
  ) {
    this.prefix = `${project}-${stack}`;
    const longest = this.name("data", "router", 100);
    if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(this.prefix) || longest.length > LONGEST) {
      const allowed = `letters, digits and dashes, at most ${LONGEST - longest.length + this.prefix.length} in all`;
      throw new Error(`project and stack name "${this.prefix}" make no host names: use ${allowed}`);
    }
  }

  /** `<project>-<stack>-<part>-<part>…`, e.g. `ecommerce-dev-web-1`. */
  name(...parts: (string | number)[]): string {
    return [this.prefix, ...parts].join("-");
  }

  /** Neutron, Nova and Octavia tags: who owns it, and which tier it serves. */
  tags(tier?: string): string[] {
    return [this.project, this.prefix, ...(tier ? [`${this.prefix}-${tier}`] : [])];
  }

  /** The same as metadata, for volumes, servers and containers. */
  metadata(tier?: string): Record<string, string> {
    return { project: this.project, stack: this.stack, ...(tier ? { tier } : {}) };
  }
}
