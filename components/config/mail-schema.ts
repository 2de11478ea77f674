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
  port: whole(1, 65_535).default(587).describe("of the relay"),
  tls: z
    .enum(["starttls", "tls", "none"], 'must be "starttls", "tls" or "none"')
    .default("starttls")
    .describe("starttls: after the greeting, or not at all; tls: from the first byte; none: in the clear"),
  user: line("the relay's user name").optional().describe("none: the relay knows its clients by their addresses"),
  from: z
    .email("must be an e-mail address")
    .describe("the sender that the relay is told, and the shop's own address at first"),
  ca: z
    .string()
    .regex(/^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/, "must be a certificate in PEM")
    .optional()
    .describe("authority of the relay's certificate; none: those that the distribution trusts"),
});

export type MailConfig = z.output<typeof mailSchema>;
