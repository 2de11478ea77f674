/** The certificate that the lab has in Barbican for storefronts. */
import type { CloudApi } from "./cloud-api";
import { type Ask, trusting } from "./trusting";

const CONTAINER = "storefront";
/** Whose it is, by lab/openstack_lab/certificate.py. */
const HOST = "shop.example.com";

/** @returns requests that believe it alone, as Barbican has it for this project */
export async function labCertificate(api: CloudApi): Promise<Ask> {
  const [container] = await api.rowsOf("key-manager", `/v1/containers?name=${CONTAINER}`, "containers");
  const refs = Array.isArray(container?.secret_refs) ? container.secret_refs : [];
  const { secret_ref: ref } = refs.find(({ name }: { name: string }) => name === "certificate") ?? {};
  const id = String(ref).split("/").at(-1);
  return trusting(await api.text("key-manager", `/v1/secrets/${id}/payload`), HOST);
}
