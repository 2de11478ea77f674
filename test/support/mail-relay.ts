/** A mail relay on the wire between machines, which behaves as a test says and notes what it takes: `test/roles/relay.py`. */
import { appendFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { MailRelay as Settings } from "../../components/cloud-init/roles/mail";
import { run } from "../../toolchain/run";
import { eventually } from "./eventually";
import type { Rack } from "./rack";

export const RELAY = { address: "10.20.9.25", port: 2525, password: "Relay_password.0~", user: "shop" };
export const FROM = "orders@shop.example";
const PLACE = "relay";

/** A message that it took. */
export interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly tls: boolean;
  readonly trusted: boolean;
  /** Seconds. */
  readonly at: number;
  readonly by: string;
}

export class MailRelay {
  private constructor(
    private readonly rack: Pick<Rack, "folder" | "wire">,
    /** As a stack file and its secrets say them. */
    readonly settings: Settings,
  ) {}

  /** Plugs it in, with a certificate of its own, and starts it. */
  static async create(rack: Rack): Promise<MailRelay> {
    const { address, port, user, password } = RELAY;
    const certificate = path.join(rack.folder, "certificate.pem");
    const names = ["-subj", "/CN=relay", "-addext", `subjectAltName=IP:${address}`];
    const files = ["-keyout", path.join(rack.folder, "key.pem"), "-out", certificate];
    await run("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...names, ...files]);
    await appendFile(path.join(rack.folder, "mail.jsonl"), "");
    const ca = await readFile(certificate, "utf8");
    const relay = new MailRelay(rack, { host: address, port, tls: "starttls", user, password, from: FROM, ca });
    await relay.behave({});
    await rack.wire.plug(PLACE, [address]);
    relay.start();
    return relay;
  }

  /** @param behaviour what differs from a relay that takes everything, as `relay.py` describes it */
  async behave(behaviour: object): Promise<void> {
    const { user, password } = RELAY;
    const text = JSON.stringify({ tls: "starttls", user, password, ...behaviour });
    await writeFile(path.join(this.rack.folder, "behaviour.json"), text);
  }

  start(): void {
    this.rack.wire.serve(PLACE, "relay.py", this.rack.folder, String(RELAY.port));
  }

  async stop(): Promise<void> {
    await this.rack.wire.stop(PLACE);
  }

  /** What it took for a recipient. */
  async to(recipient: string): Promise<Taken[]> {
    const text = await readFile(path.join(this.rack.folder, "mail.jsonl"), "utf8");
    const all: Taken[] = text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
    return all.filter((mail) => mail.to.includes(recipient));
  }

  /** Waits until it has taken something for a recipient. */
  arrives(recipient: string, seconds = 20): Promise<Taken[]> {
    return eventually(
      () => this.to(recipient),
      (found) => found.length > 0,
      seconds,
    );
  }
}
