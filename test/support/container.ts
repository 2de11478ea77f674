/** A container in Swift, asked without anything of ours in between. */
import { z } from "zod";
import type { CloudApi } from "./cloud-api";

const credentialSchema = z.object({
  authUrl: z.url(),
  containerUrl: z.url(),
  credentialId: z.string(),
  secret: z.string(),
});
export type Credential = z.output<typeof credentialSchema>;

export const credentialIn = (text: string): Credential => credentialSchema.parse(JSON.parse(text));

/** @returns a token by an application credential. @throws Error when Keystone gives none */
export async function tokenOf({ authUrl, credentialId: id, secret }: Credential): Promise<string> {
  const identity = { methods: ["application_credential"], application_credential: { id, secret } };
  const answer = await fetch(`${authUrl}/auth/tokens`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ auth: { identity } }),
  });
  const token = answer.headers.get("X-Subject-Token");
  if (!token) throw new Error(`Keystone answered ${answer.status}`);
  return token;
}

/** A credential such as `accessRules: false` makes, which a container's ACL alone confines. */
export async function readerCredential(member: CloudApi): Promise<Pick<Credential, "credentialId" | "secret">> {
  const place = `/users/${member.userId}/application_credentials`;
  const made = await member.call("identity", place, "POST", {
    application_credential: { name: `test-reader-${Date.now()}`, roles: [{ name: "reader" }] },
  });
  const { application_credential: credential } = z
    .object({ application_credential: z.object({ id: z.string(), secret: z.string() }) })
    .parse(made);
  return { credentialId: credential.id, secret: credential.secret };
}

export class Container {
  constructor(
    readonly url: string,
    /** None: as anybody. */
    private readonly token: string | undefined,
  ) {}

  /** @param path behind the container's URL @returns the status */
  async status(method: string, path = "", headers: Record<string, string> = {}, body?: string): Promise<number> {
    return (await this.ask(method, path, headers, body)).status;
  }

  async names(): Promise<string[]> {
    const text = await (await this.ask("GET", "")).text();
    return text.split("\n").filter((name) => name !== "");
  }

  /** Of all its objects; only where Swift keeps versions. */
  async versions(): Promise<{ readonly name: string; readonly version_id: string }[]> {
    const text = await (await this.ask("GET", "?format=json&versions=true")).text();
    return z.array(z.object({ name: z.string(), version_id: z.string() })).parse(JSON.parse(text));
  }

  /** @returns nothing when it is not there */
  async read(name: string): Promise<string | undefined> {
    const answer = await this.ask("GET", `/${name}`);
    return answer.ok ? answer.text() : undefined;
  }

  async write(name: string, text: string): Promise<void> {
    const status = await this.status("PUT", `/${name}`, {}, text);
    if (status !== 201) throw new Error(`PUT ${name}: ${status}`);
  }

  async delete(name: string): Promise<void> {
    await this.status("DELETE", `/${name}`);
  }

  private ask(method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method,
      headers: { ...(this.token ? { "X-Auth-Token": this.token } : {}), ...headers },
      ...(body === undefined ? {} : { body }),
    });
  }
}
