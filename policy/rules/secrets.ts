/** Secrets are where their one reader is, and nowhere else. */
import { SERVICES } from "../../components/core/services";
import { bootsOf } from "../boots";
import { resourceRule, storeRule } from "../rule";
import { withDecoded } from "../spelling/encoded";
import { stackConfig } from "../stack-config";
import { templateOf } from "./heat-template";

const PRIVATE_KEY = "private key";
const SECRET_LOOKING: Readonly<Record<string, RegExp>> = {
  [PRIVATE_KEY]: /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  "access key": /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
  token: /\bgAAAA[A-Za-z0-9_-]{60,}/,
  password: /\b[a-z_]*(password|passwd|secret|api_?key|token)["']?\s*[:=]\s*["']?[^\s"'$%{}<>,;]{8,}/i,
};
const KINDS = Object.keys(SECRET_LOOKING);

/** Also in what base64 and gzip hide. */
function findings(text: string): string[] {
  const all = withDecoded(text);
  return KINDS.filter((what) => SECRET_LOOKING[what]?.test(all));
}

const INSTANCE = "openstack:compute/instance:Instance";
const STACK = "openstack:orchestration/stackV1:StackV1";

/** Configuration of ours that ends TLS on the server itself, with the key that came with it. */
const ENDS_TLS = /(?:SSLCertificateKeyFile|bind :443 ssl crt) \/etc\/ecommerce\/tls\//;

/** The keeper of a pair of databases shows them a certificate of its own, with this key. */
const HAS_VOICE = /options = \S*socket\.ssl_key=\/etc\/ecommerce\/tls\/arbiter\.key\b/;

/** Kinds of secrets by tier. */
type Own = Readonly<Record<string, readonly string[]>>;
/** Their servers are app servers. */
const OF_SERVICES: Own = Object.fromEntries(SERVICES.map((name) => [name, ["password"]]));

export const noSecretsInUserData = resourceRule<typeof INSTANCE | typeof STACK, { readonly own: Own }>({
  name: "secrets-none-in-user-data",
  concern: "secrets",
  severity: "high",
  reason: "Every program on the server that reaches the metadata service can read user data, and Nova keeps it.",
  remediation:
    "give a role only the secrets that it needs; web servers need only the TLS key, and only where they end TLS.",
  parameters: {
    schema: {
      own: {
        type: "object",
        additionalProperties: { type: "array", items: { type: "string", enum: KINDS } },
        description: `secrets that a tier's role has of its own, of these: ${KINDS.join(", ")}`,
      },
    },
    defaults: { own: { app: ["password"], ...OF_SERVICES, db: ["password", PRIVATE_KEY], keeper: ["password"] } },
  },
  on: [INSTANCE, STACK],
  judge: (server, report, { own }) => {
    for (const { tier, text } of bootsOf(server)) {
      const needsKey = ENDS_TLS.test(text) || (tier === "keeper" && HAS_VOICE.test(text));
      const mine = [...(own[tier ?? ""] ?? []), ...(needsKey ? [PRIVATE_KEY] : [])];
      for (const what of findings(text)) if (!mine.includes(what)) report(`has a secret in its user data: ${what}`);
    }
  },
});

export const noSecretsInHeat = resourceRule({
  name: "secrets-none-in-heat",
  concern: "secrets",
  severity: "critical",
  reason: "Heat shows templates and parameters to everybody in the project.",
  remediation:
    "hand secrets over as defaults of a nested template's hidden parameter. Readers of the project still see what Heat makes of them, such as a software config.",
  on: [STACK],
  judge: ({ props }, report) => {
    const { template } = templateOf(props);
    for (const what of findings(`${template}\n${JSON.stringify(props.parameters ?? {})}`)) {
      report(`shows a secret in its template or parameters: ${what}`);
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
  reason: "Everybody who reads the repository can read credentials in a program or in plain config.",
  remediation:
    "sign in by `OS_CLOUD` and clouds.yaml, or an openrc file, or by `pulumi config set --secret openstack:password`.",
  covers: ["CKV_OPENSTACK_1"],
  on: ["pulumi:providers:openstack"],
  judge: ({ name, props: { password, token, applicationCredentialSecret } }, report) => {
    const held = Object.entries({ password, token, applicationCredentialSecret });
    const { encrypted } = stackConfig();
    for (const [property, value] of held) {
      // The default provider has its properties from config and nowhere else.
      const isEncrypted = name.startsWith("default") && encrypted.has(`openstack:${property}`);
      if (value && !isEncrypted) report(`holds ${property}`);
    }
  },
});

const CALLED_SECRET = /(password|passwd|secret|token|api_?key)$/i;

export const noSecretsInConfig = storeRule({
  name: "secrets-none-in-config",
  concern: "secrets",
  severity: "high",
  reason: "Everybody who reads the repository can read a clear-text secret in a stack file, for ever.",
  remediation: "replace the secret, and set the new one by `pulumi config set --secret`.",
  covers: ["CKV_OPENSTACK_1"],
  judgeStore: (_, report) => {
    const { values, encrypted } = stackConfig();
    for (const [key, value] of values) {
      if (encrypted.has(key) || value === "") continue;
      // A key that calls itself a password needs no long value to be believed.
      const found = new Set([...findings(`${key}: ${value}`), ...(CALLED_SECRET.test(key) ? ["password"] : [])]);
      for (const what of found) report(`has a secret in clear text in its config, at ${key}: ${what}`);
    }
  },
});

/** Characters; of 62 kinds, more than 90 bits. */
const SHORTEST = 16;

export const longPasswords = resourceRule({
  name: "secrets-long-passwords",
  concern: "secrets",
  severity: "medium",
  reason: "Short passwords are guessed.",
  remediation: `use ${SHORTEST} characters or more.`,
  on: ["random:index/randomPassword:RandomPassword"],
  judge: ({ props: { length } }, report) => {
    if (Number(length) < SHORTEST) report(`is ${length} characters long`);
  },
});
