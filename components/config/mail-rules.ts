/** Mail and payments need a way out, and a password its user. */
import { cidrOf, isIpv4, overlap } from "../core/cidr";
import { MAIL_PASSWORD, mailSchema } from "./mail-schema";
import { type Mistake, type Rule, sound, valueAt } from "./rule";
import { accessSchema } from "./schema";

const hasMail = (input: unknown) => valueAt(input, ["shop", "mail"]) !== undefined;
const keyIn = (input: unknown, key: "host" | "tls" | "user") => sound(mailSchema.shape[key], input, `shop.mail.${key}`);

/** A relay that security groups close the way to would be a queue that only grows. */
const reachableRelay: Rule = (input) => {
  const key = "access.mail";
  const cidrs = sound(accessSchema.shape.mail, input, key);
  if (cidrs === undefined) return [];
  const value = valueAt(input, ["access", "mail"]);
  const host = keyIn(input, "host");
  if (!hasMail(input)) {
    return cidrs.length > 0 ? [{ key: "shop.mail", value: undefined, problem: "must be given with access.mail" }] : [];
  }
  if (cidrs.length === 0) {
    return [
      { key, value, problem: "must name the CIDRs of the relay with shop.mail, which app servers then may reach" },
    ];
  }
  if (host === undefined || !isIpv4(host) || cidrs.some((cidr) => overlap(cidrOf(cidr), cidrOf(`${host}/32`))))
    return [];
  return [{ key, value, problem: `must hold shop.mail.host ${host}` }];
};

const userWithPassword: Rule = (input) => {
  const user = keyIn(input, "user");
  const isGiven = valueAt(input, [MAIL_PASSWORD]) !== undefined;
  const mistakes: Mistake[] = [];
  if (user !== undefined && !isGiven) {
    const problem = `must be given with shop.mail.user: pulumi config set --secret ${MAIL_PASSWORD}`;
    mistakes.push({ key: MAIL_PASSWORD, value: undefined, problem });
  }
  if (user === undefined && isGiven && valueAt(input, ["shop", "mail", "user"]) === undefined) {
    mistakes.push({ key: "shop.mail.user", value: undefined, problem: `must be given with ${MAIL_PASSWORD}` });
  }
  if (user !== undefined && keyIn(input, "tls") === "none") {
    const problem = 'must be "starttls" or "tls" with shop.mail.user: its password would travel in the clear';
    mistakes.push({ key: "shop.mail.tls", value: "none", problem });
  }
  return mistakes;
};

export const MAIL_RULES: readonly Rule[] = [reachableRelay, userWithPassword];
