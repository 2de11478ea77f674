import assert from "node:assert/strict";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { TEST_CLOUD, type TestLab } from "./lab";

/** The environment in which pulumi signs in with a new application credential of the tests' user. */
export async function credentialEnvironment(lab: TestLab, unrestricted: boolean): Promise<Record<string, string>> {
  const { clouds } = JSON.parse(await readFile(lab.env.OS_CLIENT_CONFIG_FILE ?? "", "utf8"));
  const { auth, ...rest } = clouds[TEST_CLOUD];
  const name = `test-${unrestricted ? "unrestricted" : "restricted"}`;
  const place = `/users/${lab.member.userId}/application_credentials`;
  for (const { id, name: known } of await lab.member.rowsOf("identity", place, "application_credentials")) {
    if (known === name) await lab.member.call("identity", `${place}/${id}`, "DELETE");
  }
  const { application_credential: made } = await lab.member.call("identity", place, "POST", {
    application_credential: { name, unrestricted },
  });
  assert.ok(typeof made === "object" && made !== null && "id" in made && "secret" in made);
  const entry = {
    ...rest,
    auth_type: "v3applicationcredential",
    auth: {
      auth_url: auth.auth_url,
      application_credential_id: made.id,
      application_credential_secret: made.secret,
    },
  };
  const file = path.join(await mkdtemp(path.join(tmpdir(), "ecommerce-clouds-")), "clouds.yaml");
  await writeFile(file, JSON.stringify({ clouds: { [name]: entry } }), { mode: 0o600 });
  return { OS_CLIENT_CONFIG_FILE: file, OS_CLOUD: name };
}
