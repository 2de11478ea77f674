/** What a stopped lab would leave on the machine, read from the kernel. */
import { readdir, readFile, readlink } from "node:fs/promises";
import path from "node:path";

/** @param home the lab's folder. @returns a line for each process, mount, loop device and network namespace; empty when all is gone */
export async function leftovers(home: string): Promise<string[]> {
  const found = await Promise.all([processes(home), mounts(home), loopDevices(home), namespaces()]);
  return found.flat();
}

/** What cannot be read is gone by now. */
const gone = () => "";

/** Those that were started from the folder, and those in a network of their own: servers, the switch, proxies. */
async function processes(home: string): Promise<string[]> {
  const here = await readlink("/proc/self/ns/net");
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const command = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(gone)).replaceAll("\0", " ").trim();
      const network = await readlink(`/proc/${pid}/ns/net`).catch(gone);
      const isOfLab = command.includes(`${home}/`) || (network !== "" && network !== here);
      return isOfLab ? [`process ${pid}: ${command.slice(0, 200)}`] : [];
    }),
  );
  return found.flat();
}

async function mounts(home: string): Promise<string[]> {
  const lines = (await readFile("/proc/self/mountinfo", "utf8")).split("\n");
  return lines.filter((line) => line.includes(`${home}/`)).map((line) => `mount ${line.split(" ")[4]}`);
}

async function loopDevices(home: string): Promise<string[]> {
  const devices = (await readdir("/sys/class/block")).filter((name) => name.startsWith("loop"));
  const found = await Promise.all(
    devices.map(async (device) => {
      const file = await readFile(path.join("/sys/class/block", device, "loop/backing_file"), "utf8").catch(gone);
      return file.startsWith(`${home}/`) ? [`loop device ${device}: ${file.trim()}`] : [];
    }),
  );
  return found.flat();
}

async function namespaces(): Promise<string[]> {
  return (await readdir("/run/netns").catch(() => [])).map((name) => `network namespace ${name}`);
}
