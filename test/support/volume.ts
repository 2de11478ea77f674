import path from "node:path";
import { run } from "../../toolchain/run";

/** A volume: a sparse file behind a loop device. */
export class Volume {
  private constructor(
    readonly file: string,
    readonly device: string,
    readonly id: string,
  ) {}

  static async create(folder: string, id: string, megabytes: number): Promise<Volume> {
    const file = path.join(folder, id);
    await run("truncate", ["-s", `${megabytes}M`, file]);
    return Volume.of(file, id);
  }

  /** As it is now, with another id. @param folder of another file */
  async copied(folder: string, id: string): Promise<Volume> {
    const file = path.join(folder, id);
    await run("cp", ["--sparse=always", this.file, file]);
    return Volume.of(file, id);
  }

  private static async of(file: string, id: string): Promise<Volume> {
    const { stdout } = await run("losetup", ["--find", "--show", file]);
    return new Volume(file, stdout.trim(), id);
  }

  async grow(megabytes: number): Promise<void> {
    await run("truncate", ["-s", `${megabytes}M`, this.file]);
    await run("losetup", ["-c", this.device]);
  }

  async remove(): Promise<void> {
    await run("losetup", ["--detach", this.device], { reject: false });
  }
}
