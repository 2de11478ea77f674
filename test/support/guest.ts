/** Guests who buy one thing each, at the shop that this run installs: OpenCart, or else the stand-in. */

import { eventually } from "./eventually";
import { somebody } from "./person";
import { PlainCustomer } from "./plain-customer";
import { Shopper } from "./shopper";

/** Buys as somebody new. @returns the mail address of the order, once the shop has promised it. @throws Error when it does not */
export async function buy(url: string): Promise<string> {
  const person = somebody("Gwen");
  if (process.env.OPENCART_ARCHIVE) await new PlainCustomer(url).buy(person);
  else await new Shopper(url).buy(person.email);
  return person.email;
}

/** Buys, again until it is done. @returns the mail address of the order */
export function bought(url: string, seconds = 60): Promise<string> {
  return eventually(
    () => buy(url).catch(() => ""),
    (email) => email !== "",
    seconds,
  );
}

/** For a database server: the mail addresses of all orders. */
export const ORDERED = 'mysql -N -e "SELECT email FROM opencart.oc_order WHERE order_status_id > 0"';
