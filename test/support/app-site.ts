/** An app server of the store, with its database and a Swift, as its balancer sees it. */
import path from "node:path";
import { type Release, shopRelease } from "../../commands/store/release";
import { ROOT } from "../../toolchain/paths";
import type { Machine } from "./machine";
import { boots, onTheImage, Rack } from "./rack";
import { DATABASE, roles } from "./role-args";
import type { Wire } from "./wire";

const ADDRESS = "10.20.1.10";
export const SHOP = `http://${ADDRESS}`;
const SWIFT = "10.20.1.50";
export const MEDIA = {
  authUrl: `http://${SWIFT}/v3`,
  containerUrl: `http://${SWIFT}/v1/AUTH_p/media`,
  credentialId: "credential",
  secret: "secret",
};

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: string;
  readonly body: string;
}

export class AppSite {
  private constructor(
    private readonly rack: Rack,
    readonly release: Release,
    readonly database: Machine,
    readonly services: Machine,
  ) {}

  /** Boots both, with the shop installed. */
  static async create(): Promise<AppSite> {
    const plain = await roles();
    const rack = await Rack.create("app-site", { services: plain.services, database: plain.database });
    const release = await shopRelease(rack.folder);
    await rack.wire.plug("database", [DATABASE.host]);
    await rack.wire.plug("services", [ADDRESS]);
    await rack.wire.plug("swift", [SWIFT]);
    rack.wire.serve("swift", "swift.py");
    const baked = onTheImage(release);
    const all = await roles(baked.release, MEDIA);
    const database = await rack.machine("database", "database", all.database);
    const services = await rack.machine("services", "services", all.services, {
      ...baked.files,
      // As on an image that was baked for shop.media.
      "/usr/local/lib/ecommerce/media": path.join(ROOT, "components/cloud-init/scripts/media"),
    });
    for (const one of [database, services]) await boots(one);
    return new AppSite(rack, release, database, services);
  }

  get folder(): string {
    return this.rack.folder;
  }

  get wire(): Wire {
    return this.rack.wire;
  }

  async ask(place: string, ...args: string[]): Promise<Answer> {
    const text = await this.wire.curl("-i", "-g", "--path-as-is", ...args, `${SHOP}${place}`);
    const [headers = "", ...rest] = text.split("\r\n\r\n");
    return {
      status: Number(/^HTTP\/1\.\d (\d+)/.exec(headers)?.[1]),
      type: /^Content-Type: ([^;\r\n]*)/im.exec(headers)?.[1] ?? "",
      headers,
      body: rest.join("\r\n\r\n"),
    };
  }

  /** What the balancer's check is answered: status and word. */
  async health(): Promise<string> {
    const { status, body } = await this.ask("/healthz", "--max-time", "3");
    return `${status} ${body.trim()}`;
  }

  async remove(): Promise<void> {
    await this.rack.remove();
  }
}
