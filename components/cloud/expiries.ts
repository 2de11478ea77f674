/** What ends by itself one day and takes the shop, or `up`, with it: told a month before. */
import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { elasticGroups, type StoreConfig } from "../config/schema";
import { DAY_MS } from "../core/time";
import { ApiError, type CloudApi, type Token } from "./api";
import { readContainer, secretPath } from "./barbican";

export const WARNING_DAYS = 30;

export interface Expiry {
  /** Key of the stack file that it belongs to. */
  readonly key: string;
  readonly what: string;
  readonly until: Date;
  readonly remediation: string;
}

export interface Expiries {
  readonly all: readonly Expiry[];
  /** What ends with somebody's account, on a day that nobody has said yet. */
  readonly owners: readonly Said[];
  /** What could not be read. */
  readonly unread: readonly Said[];
}

const time = z.string().nullish();
const secretSchema = z.object({ expiration: time, content_types: z.record(z.string(), z.string()).nullish() });
const credentialsSchema = z.object({
  application_credentials: z.array(
    z.object({ id: z.string(), name: z.string(), description: z.string().nullish(), expires_at: time }),
  ),
});
const trustsSchema = z.object({ trusts: z.array(z.object({ id: z.string(), expires_at: time })) });
const stacksSchema = z.object({ stacks: z.array(z.object({ stack_name: z.string(), stack_owner: time })) });

/** OpenStack writes UTC without saying so. */
function instant(text: string | null | undefined): Date | undefined {
  if (!text) return undefined;
  const date = new Date(/Z$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/**
 * A part that cannot be read is a note, and no failure.
 * @param containerRef Barbican's reference of the certificate; none: there is none
 * @param prefix of the stack's names
 */
export async function expiries(
  api: Pick<CloudApi, "call" | "text" | "token">,
  config: StoreConfig,
  prefix: string,
  containerRef: string | undefined,
): Promise<Expiries> {
  const isElastic = elasticGroups(config).length > 0;
  const token = api.token();
  const looks: readonly (readonly [string, () => Promise<Expiries>])[] = [
    ["balancing.tls.container", async () => of(containerRef ? await certificate(api, containerRef) : [])],
    ["cloud", async () => of(await account(api, await token, prefix))],
    ...(isElastic
      ? ([
          ["scaling", async () => of(await trusts(api, await token))],
          ["scaling", async () => ({ all: [], unread: [], owners: await owners(api, await token, config, prefix) })],
        ] as const)
      : []),
  ];
  const found = await Promise.all(
    looks.map(([key, look]) =>
      look().catch((cause: unknown) => {
        const text = `when it ends cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
        return { all: [], owners: [], unread: [{ key, text }] };
      }),
    ),
  );
  return {
    all: found.flatMap(({ all }) => all),
    owners: found.flatMap((one) => one.owners),
    unread: found.flatMap(({ unread }) => unread),
  };
}

const of = (all: readonly Expiry[]): Expiries => ({ all, owners: [], unread: [] });

/** The certificate and its authorities' themselves, and Barbican's secrets, which go when theirs is over. */
async function certificate(api: Pick<CloudApi, "call" | "text">, ref: string): Promise<Expiry[]> {
  const key = "balancing.tls.container";
  const remediation = "put a new certificate into Barbican, and name its container";
  const [, kind, id] = /\/v1\/(containers|secrets)\/([^/]+)\/?$/.exec(ref) ?? [];
  if (!id) throw new Error(`${ref} is no reference of Barbican's`);
  const refs = kind === "secrets" ? [{ name: "bundle", secret_ref: ref }] : (await readContainer(api, id)).secret_refs;
  const each = refs.map(async ({ name, secret_ref: secret }) => {
    const path = secretPath(secret);
    const { expiration, content_types: types } = secretSchema.parse(await api.call("key-manager", path));
    const end = instant(expiration);
    const own = end ? [{ key, what: `Barbican's secret "${name}" of the certificate`, until: end, remediation }] : [];
    if (name !== "certificate" && name !== "intermediates") return own;
    const pem = await api.text("key-manager", `${path}/payload`, types?.default ?? "text/plain");
    const all = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
    const what = name === "certificate" ? "the shop's certificate" : "an authority's certificate beside the shop's";
    return [
      ...own,
      ...all.map((one) => ({ key, what, until: new Date(new X509Certificate(one).validTo), remediation })),
    ];
  });
  return (await Promise.all(each)).flat();
}

/** How the user signs in, and what the store's servers sign in with, which is the user's too. */
async function account(
  api: Pick<CloudApi, "call">,
  { user, methods = [], application_credential: used }: Token,
  prefix: string,
): Promise<Expiry[]> {
  const list = await allowed(() => api.call("identity", `/v3/users/${user.id}/application_credentials`));
  const credentials = list ? credentialsSchema.parse(list).application_credentials : [];
  const password = methods.includes("password") ? instant(user.password_expires_at) : undefined;
  return [
    ...credentials.flatMap(({ id, name, description, expires_at: end }): Expiry[] => {
      const until = instant(end);
      if (!until) return [];
      if (id === used?.id)
        return [
          {
            key: "cloud",
            what: `the application credential "${name}" that you sign in with`,
            until,
            remediation: ANOTHER,
          },
        ];
      if (!description?.startsWith(`${prefix}: `)) return [];
      return [
        { key: "cloud", what: `the store's application credential "${name}"`, until, remediation: NEW_CREDENTIAL },
      ];
    }),
    ...(password
      ? [{ key: "cloud", what: "the password that you sign in with", until: password, remediation: "change it" }]
      : []),
  ];
}

const ANOTHER = "make another one, and put it into clouds.yaml";
const NEW_CREDENTIAL =
  "delete it in Keystone and run `up`, which makes another one and replaces the servers that have it";
const NEW_TRUST = "change something in `scaling` and run `up`, by which Heat makes another one";

/** Heat's own, by which it changes elastic groups, are among them. */
async function trusts(api: Pick<CloudApi, "call">, { user }: Token): Promise<Expiry[]> {
  const list = await allowed(() => api.call("identity", `/v3/OS-TRUST/trusts?trustor_user_id=${user.id}`));
  return (list ? trustsSchema.parse(list).trusts : []).flatMap(({ id, expires_at: end }) => {
    const until = instant(end);
    const what = `your trust ${id}, by which a service such as Heat acts for you,`;
    return until ? [{ key: "scaling", what, until, remediation: NEW_TRUST }] : [];
  });
}

/** Heat changes an elastic group by a trust of the one who made it, which ends with that account and says no date. */
async function owners(api: Pick<CloudApi, "call">, { user }: Token, config: StoreConfig, prefix: string) {
  const found = await Promise.all(
    elasticGroups(config).map(async ({ key, name: group }) => {
      const name = `${prefix}-${group}`;
      const answer = await api.call("orchestration", `/stacks?name=${encodeURIComponent(name)}`);
      return { key, owner: stacksSchema.parse(answer).stacks.find((one) => one.stack_name === name)?.stack_owner };
    }),
  );
  return found.flatMap(({ key, owner }) => {
    if (!owner || owner === user.name) return [];
    const ends = "when that account ends or leaves the project, the group grows and shrinks no more";
    const text = `Heat acts for the user ${owner}, who made the group: ${ends}; before that, one who stays makes it anew (\`up\` with mode static, then with mode auto)`;
    return [{ key: `${key}.scaling`, text }];
  });
}

/** @returns nothing where the user may not ask, or Keystone has no such thing */
async function allowed<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof ApiError && (cause.status === 403 || cause.status === 404)) return undefined;
    throw cause;
  }
}

/** @returns what is over; what will be within a month; in words, the earliest first */
export function inTime({ all }: Expiries, now = new Date()): { readonly over: Said[]; readonly soon: Said[] } {
  const days = ({ until }: Expiry) => Math.floor((until.getTime() - now.getTime()) / DAY_MS);
  const sorted = [...all].sort((one, other) => one.until.getTime() - other.until.getTime());
  const said = (one: Expiry, when: string) => ({ key: one.key, text: `${one.what} ${when}: ${one.remediation}` });
  const date = ({ until }: Expiry) => until.toISOString().slice(0, 10);
  return {
    over: sorted.filter(({ until }) => until <= now).map((one) => said(one, `ended on ${date(one)}`)),
    soon: sorted
      .filter((one) => one.until > now && days(one) < WARNING_DAYS)
      .map((one) => said(one, `ends on ${date(one)}, in ${days(one)} ${days(one) === 1 ? "day" : "days"}`)),
  };
}

export interface Said {
  readonly key: string;
  readonly text: string;
}
