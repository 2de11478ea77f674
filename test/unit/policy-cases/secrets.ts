import { gzipSync } from "node:zlib";
import { unknownStringValue } from "@pulumi/policy/proxy";
import { boots, type Cases, changed, heat, instance, provider, stack, tags, userData } from "./parts";

const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64");
const SECRET = "password: correct-horse";
/** The same secret in places where no rule that reads the text finds it. */
const HIDDEN = [
  `write_files: [{ path: /x, encoding: b64, content: ${base64(SECRET)} }]`,
  `write_files: [{ path: /x, encoding: gz+b64, content: ${base64(gzipSync(SECRET))} }]`,
  `write_files: [{ path: /x, content: !!binary "${base64(SECRET)}" }]`,
  `runcmd: [echo ${base64(base64(SECRET))} | base64 -d | base64 -d]`,
  `write_files:\n  - encoding: b64\n    content: |\n      ${(base64(`# ${"-".repeat(90)}\n${SECRET}`).match(/.{1,60}/g) ?? []).join("\n      ")}`,
  'write_files: [{ path: /x, content: "\\x70assword: correct-horse" }]',
];

export const SECRETS: Cases = {
  "secrets-none-in-user-data": {
    bad: [
      userData("password: correct-horse"),
      userData("-----BEGIN EC PRIVATE KEY-----", "app"),
      userData("-----BEGIN PRIVATE KEY-----", "keeper"),
      userData(`X-Auth-Token: gAAAA${"x".repeat(80)}`, "db"),
      instance({ userData: gzipSync("password: correct-horse").toString("base64"), tags: tags("web") }),
      boots("password: correct-horse"),
      ...HIDDEN.map((text) => userData(text)),
      instance({ userData: base64("#cloud-config\npassword: correct-horse"), tags: tags("web") }),
    ],
    says: /has a secret in its user data: (password|private key|token)/,
    good: [
      userData("password: correct-horse\n-----BEGIN EC PRIVATE KEY-----", "db"),
      userData("options = a=b;socket.ssl_key=/etc/ecommerce/tls/arbiter.key\n-----BEGIN PRIVATE KEY-----", "keeper"),
      userData("password: $PASSWORD"),
      userData("bind :443 ssl crt /etc/ecommerce/tls/site.pem\n-----BEGIN PRIVATE KEY-----", "web-balancer"),
      userData("SSLCertificateKeyFile /etc/ecommerce/tls/site.key\n-----BEGIN PRIVATE KEY-----"),
      instance({ userData: unknownStringValue }),
      boots("packages: [apache2]"),
    ],
  },
  "secrets-none-in-heat": {
    bad: [
      stack({ parameters: { db_password: unknownStringValue } }),
      changed('"description":', '"admin_password":"hunter2hunter2","description":'),
    ],
    says: /takes db_password as a parameter|shows a secret in its template or parameters: password/,
    good: [heat(), stack({ templateOpts: { Bin: unknownStringValue } })],
  },
  "secrets-none-in-provider": {
    bad: [provider({ password: "x", token: "y" }), { ...provider({ password: "x" }), name: "mine" }],
    says: /(default_3_15_2 holds token|mine holds password)/,
    good: [provider({ cloud: "mine" }), provider({ password: "x" })],
    stackFile: {
      bad: { plain: { "openstack:password": "x" }, encrypted: ["openstack:password"] },
      good: { plain: { "openstack:password": "x" }, encrypted: ["openstack:password"] },
    },
  },
  "secrets-none-in-config": {
    bad: [],
    says: /^the store has a secret in clear text in its config, at (openstack:password|shop:extra|shop:key): (password|private key)$/,
    good: [],
    stackFile: {
      bad: {
        plain: {
          "openstack:password": "short",
          "shop:extra": JSON.stringify({ smtp: { apiKey: "correct-horse" } }),
          "shop:key": "-----BEGIN PRIVATE KEY-----",
        },
      },
      good: {
        plain: { "openstack:password": "correct-horse", "ecommerce:cloud": JSON.stringify({ keyPair: "operator" }) },
        encrypted: ["openstack:password"],
      },
    },
  },
  "secrets-long-passwords": {
    bad: [{ kind: "random:index/randomPassword:RandomPassword", name: "it", props: { length: 8 } }],
    says: /is 8 characters long/,
    good: [{ kind: "random:index/randomPassword:RandomPassword", name: "it", props: { length: 20 } }],
  },
};
