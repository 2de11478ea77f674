/** An app server as far as its uploads go: the role's image as a root of its own, on this machine's network. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "../../toolchain/run";
import { eventually } from "./eventually";

const MEDIA = "/usr/local/lib/ecommerce/media";
const STATE = "/var/lib/ecommerce/media";
const TREES = "/var/www/shop/image/catalog /var/lib/ecommerce/storage/download /var/lib/ecommerce/storage/upload";
/** What stands at the place of an object. */
const ROOTS: Readonly<Record<string, string>> = {
  image: "/var/www/shop/image/catalog",
  download: "/var/lib/ecommerce/storage/download",
  upload: "/var/lib/ecommerce/storage/upload",
};

const HOLD = `
mkdir "$2/changes" "$2/work" "$2/root"
mount -t overlay overlay -o "lowerdir=$1/services:$1/base,upperdir=$2/changes,workdir=$2/work" "$2/root"
mount -t proc proc "$2/root/proc"
mount --bind /dev "$2/root/dev"
touch "$2/root/is-app-server"
exec chroot "$2/root" sleep infinity`;

export class AppServer {
  private daemon: ChildProcess | undefined;
  /** What the sync has said. */
  log = "";

  private constructor(
    private readonly holder: ChildProcess,
    private readonly folder: string,
  ) {}

  /** @param roots of `buildRoots`, with the role services @param settings text of `media.json` */
  static async create(roots: string, settings: string): Promise<AppServer> {
    const folder = await mkdtemp(path.join(tmpdir(), "ecommerce-app-server-"));
    const namespaces = ["--mount", "--pid", "--fork", "--kill-child"];
    const holder = spawn("unshare", [...namespaces, "bash", "-euc", HOLD, "_", roots, folder], { stdio: "inherit" });
    const server = new AppServer(holder, folder);
    // Until then its processes would be in this machine's own root.
    await eventually(
      () => server.exec("ls /is-app-server").catch(() => ""),
      (found) => found !== "",
      20,
    );
    await server.exec(
      `install -d -o www-data ${TREES}; install -d -m 0700 -o www-data ${STATE}; mkdir -p /etc/ecommerce`,
    );
    await run("nsenter", [...(await server.target()), "tee", "/etc/ecommerce/media.json"], {
      input: settings,
      stdout: "ignore",
    });
    return server;
  }

  /** Runs a shell command as root. @throws unless it ends with 0 */
  async exec(command: string): Promise<string> {
    return (await run("nsenter", [...(await this.target()), "bash", "-c", command])).stdout;
  }

  /** What a first boot does. @returns its exit code, and what it said */
  async first(): Promise<{ code: number | undefined; said: string }> {
    const { exitCode, stderr } = await run("nsenter", [...(await this.target()), ...php("sync.php", "first")], {
      reject: false,
    });
    return { code: exitCode, said: stderr };
  }

  async start(): Promise<void> {
    this.daemon = spawn("nsenter", ["--no-fork", ...(await this.target()), ...php("sync.php")], {
      stdio: ["ignore", "inherit", "pipe"],
    });
    this.daemon.stderr?.on("data", (said) => {
      this.log += said;
    });
  }

  async stop(): Promise<void> {
    // Without a fork `nsenter` has become the program itself.
    if (this.daemon) await ended(this.daemon);
  }

  /** The page for a missing picture. */
  async ask(url: string): Promise<string> {
    const page = ["env", `REQUEST_URI=${url}`, "REQUEST_METHOD=GET", ...php("missing.php")];
    return (await run("nsenter", [...(await this.target()), ...page])).stdout;
  }

  /** A file by its object's name. @returns its text; "" when it is not there */
  async read(name: string): Promise<string> {
    return this.exec(`cat '${placeOf(name)}' 2>/dev/null || true`);
  }

  async write(name: string, text: string): Promise<void> {
    const place = placeOf(name);
    await this.exec(`setpriv --reuid=www-data --regid=www-data --clear-groups sh -c '
      mkdir -p "$(dirname "${place}")" && printf %s "${text}" >"${place}.new" && mv "${place}.new" "${place}"'`);
  }

  async delete(name: string): Promise<void> {
    await this.exec(`rm -r '${placeOf(name)}'`);
  }

  async remove(): Promise<void> {
    await this.stop();
    await ended(this.holder);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async target(): Promise<string[]> {
    const { pid } = this.holder;
    const [first] = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ");
    if (!first) throw new Error("the server does not run");
    return ["--target", first, "--mount", "--pid", "--root", "--wd"];
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await closed;
}

function php(script: string, ...args: string[]): string[] {
  return ["setpriv", "--reuid=www-data", "--regid=www-data", "--clear-groups", "php", `${MEDIA}/${script}`, ...args];
}

function placeOf(name: string): string {
  const [tree = "", ...rest] = name.split("/");
  return [ROOTS[tree], ...rest].join("/");
}
