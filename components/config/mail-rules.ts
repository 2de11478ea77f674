/** Mail and payments need a way out, and a password its user. */
import { cidrOf, isIpv4, overlap } from "../core/cidr";
import { MAIL_PASSWORD } from "./mail-schema";
import type { Mistake, Rule } from "./rule";

/** A relay that security groups close the way to would be a queue that only grows. */
const reachableRelay: Rule = ({ access, shop }, given) => {
  const key = "access.mail";
  const cidrs = access?.mail;
  if (cidrs === undefined) return [];
  if (given?.shop?.mail === undefined) {
    return cidrs.length > 0 ? [{ key: "shop.mail", value: undefined, problem: "must be given with access.mail" }] : [];
  }
  const value = given.access?.mail;
  if (cidrs.length === 0) {
    const problem = "must name the CIDRs of the relay with shop.mail, which app servers then may reach";
    return [{ key, value, problem }];
  }
  const host = shop?.mail?.host;
  if (host === undefined || !isIpv4(host)) return [];
  const isAmong = cidrs.some((cidr) => cidr === undefined || overlap(cidrOf(cidr), cidrOf(`${host}/32`)));
  return isAmong ? [] : [{ key, value, problem: `must hold shop.mail.host ${host}` }];
};

const userWithPassword: Rule = ({ shop }, given) => {
  const { user, tls } = shop?.mail ?? {};
  const isGiven = given?.[MAIL_PASSWORD] !== undefined;
  const mistakes: Mistake[] = [];
  if (user !== undefined && !isGiven) {
    const problem = `must be given with shop.mail.user: pulumi config set --secret ${MAIL_PASSWORD}`;
    mistakes.push({ key: MAIL_PASSWORD, value: undefined, problem });
  }
  if (isGiven && given?.shop?.mail?.user === undefined) {
    mistakes.push({ key: "shop.mail.user", value: undefined, problem: `must be given with ${MAIL_PASSWORD}` });
  }
  if (user !== undefined && tls === "none") {
    const problem = 'must be "starttls" or "tls" with shop.mail.user: its password would travel in the clear';
    mistakes.push({ key: "shop.mail.tls", value: "none", problem });
  }
  return mistakes;
};

export const MAIL_RULES: readonly Rule[] = [reachableRelay, userWithPassword];
