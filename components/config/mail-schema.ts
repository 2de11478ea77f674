/** The section `shop.mail`: where the shop's mail goes. */
import { z } from "zod";
import { whole } from "./values";

/** The key of the relay's password, a secret: `pulumi config set --secret mailPassword`. */
export const MAIL_PASSWORD = "mailPassword";

const line = (what: string) => z.string().regex(/^[^\p{Cc}]{1,255}$/u, `must be ${what}, without control characters`);

export const mailSchema = z.strictObject({
  host: z
    .string()
    .regex(
      /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i,
      "must be a host name or an IPv4 address",
    )
    .describe("the relay, by host name or IPv4 address"),
  port: whole(1, 65_535).default(587).describe("port of the relay"),
  tls: z
    .enum(["starttls", "tls", "none"], 'must be "starttls", "tls" or "none"')
    .default("starttls")
    .describe(
      "`starttls`: TLS after the greeting, and no mail without it; `tls`: TLS from the first byte; `none`: no TLS",
    ),
  user: line("the relay's user name")
    .optional()
    .describe(
      "user of the relay, whose password is `mailPassword`; none: the relay knows its clients by their addresses",
    ),
  from: z.email("must be an e-mail address").describe("sender of the envelope; also the shop's own address at first"),
  ca: z
    .string()
    .regex(/^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/, "must be a certificate in PEM")
    .optional()
    .describe(
      "certificate (PEM) of the authority that signed the relay's; none: the authorities that the distribution trusts",
    ),
});

export type MailConfig = z.output<typeof mailSchema>;
