/** Two app servers of one store, with its database and a mail relay: which of them has a job's turn, and what its units say. */
import { shopRelease } from "../../commands/store/release";
import { eventually } from "./eventually";
import type { Machine } from "./machine";
import { MailRelay } from "./mail-relay";
import { boots, onTheImage, Rack } from "./rack";
import { DATABASE, roles } from "./role-args";
import { machinesWork } from "./roots";

export const SERVERS = { services: "10.20.1.11", "services-2": "10.20.1.12" } as const;
export type Name = keyof typeof SERVERS;
export const NAMES = Object.keys(SERVERS) as Name[];
type Job = "mail" | "cron";

export class TwoAppServers {
  private constructor(
    readonly rack: Rack,
    readonly relay: MailRelay,
    readonly database: Machine,
  ) {}

  /** Boots all three, with the shop installed. */
  static async create(): Promise<TwoAppServers> {
    const plain = await roles();
    const rack = await Rack.create("mail", { services: plain.services, database: plain.database });
    for (const [name, address] of Object.entries(SERVERS)) await rack.wire.plug(name, [address]);
    await rack.wire.plug("database", [DATABASE.host]);
    rack.wire.serveMetadata();
    const relay = await MailRelay.create(rack);
    const database = await rack.machine("database", "database", plain.database);
    await boots(database);
    const baked = onTheImage(await shopRelease(rack.folder));
    const { services } = await roles(baked.release, undefined, relay.settings);
    for (const name of NAMES) {
      const machine = await rack.machine(name, "services", services, baked.files);
      await boots(machine);
      // So that a case need not wait for five minutes.
      await machine.exec(`sed -i 's/"limit":300/"limit":40/' /etc/ecommerce/mail.json`);
    }
    return new TwoAppServers(rack, relay, database);
  }

  on(name: Name): Machine {
    return this.rack.named(name);
  }

  async sql(query: string): Promise<string> {
    return this.database.exec(`mysql -N opencart -e "${query}"`);
  }

  /** What systemd does with a unit of ours, of which these machines have none. */
  async start(name: Name, unit: Job): Promise<void> {
    await this.on(name).exec(`unit=/etc/systemd/system/ecommerce-${unit}.service
      user=$(sed -n 's/^User=//p' $unit)
      groups=$(id -g $user)$(sed -n 's/^SupplementaryGroups=/,/p' $unit)
      setsid setpriv --reuid=$user --regid=$user --groups=$groups $(sed -n 's/^ExecStart=//p' $unit) \\
        </dev/null >>/var/log/ecommerce-${unit}.log 2>&1 &
      echo $! >/run/ecommerce-${unit}.pid`);
  }

  async kill(name: Name, unit: Job): Promise<void> {
    await this.on(name).exec(`kill -KILL $(cat /run/ecommerce-${unit}.pid)`);
  }

  /** The server whose turn it is, by the lock itself. */
  async holder(job: Job): Promise<Name | undefined> {
    const lock = `IS_USED_LOCK('ecommerce.${job}.opencart')`;
    const host = await this.sql(`SELECT host FROM information_schema.processlist WHERE id = ${lock}`);
    return NAMES.find((name) => host.startsWith(`${SERVERS[name]}:`));
  }

  /** Waits for a server's turn. */
  async turnOf(job: Job, name: Name, seconds: number): Promise<void> {
    await eventually(
      () => this.holder(job),
      (found) => found === name,
      seconds,
    );
  }

  /** Prints what the units said last. */
  async tell(): Promise<void> {
    for (const name of NAMES) {
      const said = await this.on(name).exec("tail -n 20 /var/log/ecommerce-*.log || true").catch(String);
      process.stdout.write(`${name}:\n${said}\n`);
    }
  }

  async remove(): Promise<void> {
    await this.rack.remove();
  }
}

/** Before the tests of a suite, the servers, which go with it; what they said is printed after a test that failed. */
export function withTwoAppServers(use: (servers: TwoAppServers) => void): void {
  let servers: TwoAppServers | undefined;
  before(async function () {
    if (!(await machinesWork())) return this.skip();
    servers = await TwoAppServers.create();
    use(servers);
  });
  after(async () => {
    await servers?.remove();
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await servers?.tell();
  });
}
