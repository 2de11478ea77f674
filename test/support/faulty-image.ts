/** An image that Nova's driver in the lab refuses to build a server of. */
import type { TestLab } from "./lab";

export class FaultyImage {
  static readonly NAME = "cannot-be-built";
  static readonly FAULT = "the hypervisor has no room for this";

  private constructor(
    private readonly lab: TestLab,
    private readonly id: string,
  ) {}

  static async create(lab: TestLab): Promise<FaultyImage> {
    const { id } = await lab.member.call("image", "/v2/images", "POST", {
      name: FaultyImage.NAME,
      disk_format: "raw",
      container_format: "bare",
      lab_fault: FaultyImage.FAULT,
    });
    await lab.member.call("image", `/v2/images/${id}/file`, "PUT", "no image at all\n", "application/octet-stream");
    return new FaultyImage(lab, String(id));
  }

  /** From now on servers can be built of it. */
  async mend(): Promise<void> {
    const patch = [{ op: "remove", path: "/lab_fault" }];
    const type = "application/openstack-images-v2.1-json-patch";
    await this.lab.member.call("image", `/v2/images/${this.id}`, "PATCH", patch, type);
  }

  async delete(): Promise<void> {
    await this.lab.member.call("image", `/v2/images/${this.id}`, "DELETE");
  }
}
