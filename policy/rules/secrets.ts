/** Secrets are where their one reader is, and nowhere else. */
import { type Seen, tierOf, UNKNOWN } from "../resources";
import { resourceRule } from "../rule";
import { templateOf } from "./heat-template";

const PRIVATE_KEY = "a private key";
const SECRET_LOOKING: Readonly<Record<string, RegExp>> = {
  [PRIVATE_KEY]: /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  "an access key": /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
  "a Keystone token": /\bgAAAA[A-Za-z0-9_-]{60,}/,
  "a password": /\b[a-z_]*(password|passwd|secret|api_?key|token)["']?\s*[:=]\s*["']?[^\s"'$%{}<>,;]{8,}/i,
};

const findings = (text: string) => Object.keys(SECRET_LOOKING).filter((what) => SECRET_LOOKING[what]?.test(text));

/** Configuration of ours that ends TLS on the server itself, with the key that came with it. */
const ENDS_TLS = /(?:SSLCertificateKeyFile|bind :443 ssl crt) \/etc\/ecommerce\/tls\//;

/** The text itself, or what its gzip in base64 holds, is what a server boots with. */
function bootText({ props }: Seen<"openstack:compute/instance:Instance">): string {
  const { userData } = props;
  return userData === undefined || userData === UNKNOWN ? "" : userData;
}

export const noSecretsInUserData = resourceRule({
  name: "secrets-none-in-user-data",
  concern: "secrets",
  severity: "high",
  reason: "User data is read by everything on the server that reaches the metadata service, and kept by Nova.",
  cure: "give a role what it itself needs and nothing else; web servers need none but the key of the TLS that they end.",
  parameters: {
    schema: {
      trusted: { type: "array", items: { type: "string" }, description: "tiers whose role has secrets of its own" },
    },
    defaults: { trusted: ["app", "db"] },
  },
  on: ["openstack:compute/instance:Instance"],
  judge: (server, report, { trusted }) => {
    if (trusted.includes(tierOf(server) ?? "")) return;
    const text = bootText(server);
    for (const what of findings(text)) {
      if (what === PRIVATE_KEY && ENDS_TLS.test(text)) continue;
      report(`has ${what} in its user data`);
    }
  },
});

const STACK = "openstack:orchestration/stackV1:StackV1";

export const noSecretsInHeat = resourceRule({
  name: "secrets-none-in-heat",
  concern: "secrets",
  severity: "critical",
  reason: "Heat shows templates and parameters to everybody in the project.",
  cure: "hand secrets over as defaults of a nested template's hidden parameter.",
  on: [STACK],
  judge: ({ props }, report) => {
    const { template } = templateOf(props);
    for (const what of findings(`${template}\n${JSON.stringify(props.parameters ?? {})}`)) {
      report(`shows ${what} in its template or parameters`);
    }
    const names = Object.entries(props.parameters ?? {}).filter(([name]) =>
      /password|secret|token|user_?data/i.test(name),
    );
    for (const [name] of names) report(`takes ${name} as a parameter, which the provider reads back`);
  },
});

export const noSecretsInProvider = resourceRule({
  name: "secrets-none-in-provider",
  concern: "secrets",
  severity: "high",
  reason: "Credentials in a provider or a stack's config are copied into every state file.",
  cure: "sign in by `OS_CLOUD` and clouds.yaml, or an openrc file.",
  covers: ["CKV_OPENSTACK_1"],
  on: ["pulumi:providers:openstack"],
  judge: ({ props: { password, token, applicationCredentialSecret } }, report) => {
    const held = Object.entries({ password, token, applicationCredentialSecret });
    for (const [name, value] of held) if (value) report(`holds ${name}`);
  },
});

/** Characters; of 62 kinds, more than 90 bits. */
const SHORTEST = 16;

export const longPasswords = resourceRule({
  name: "secrets-long-passwords",
  concern: "secrets",
  severity: "medium",
  reason: "Short passwords are guessed.",
  cure: `use ${SHORTEST} characters or more.`,
  on: ["random:index/randomPassword:RandomPassword"],
  judge: ({ props: { length } }, report) => {
    if (Number(length) < SHORTEST) report(`is ${length} characters long`);
  },
});
