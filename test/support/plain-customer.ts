/** Somebody who buys as a guest without a browser, request by request: many of them, and with headers of their own choice. */
import { ADDRESS, type Person, SHIPPED } from "./person";

const PATIENCE_MS = 30_000;

/** The shop says that it is closed for a moment: 503 with Retry-After. */
export class Closed extends Error {}

export const isClosedSign = ({ status, headers }: Response): boolean => status === 503 && headers.has("Retry-After");

export class PlainCustomer {
  private readonly cookies = new Map<string, string>();

  /** @param headers sent with each request */
  constructor(
    private readonly url: string,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  /** @returns the page. @throws Closed, or Error saying what came instead of it */
  async visit(address: string, form?: Readonly<Record<string, string>>): Promise<string> {
    const cookies = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(new URL(address, this.url), {
      // By a connection of its own, so that a balancer may choose another server each time.
      headers: { Connection: "close", ...(cookies ? { Cookie: cookies } : {}), ...this.headers },
      signal: AbortSignal.timeout(PATIENCE_MS),
      redirect: "manual",
      ...(form ? { method: "POST", body: new URLSearchParams(form) } : {}),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (name && value) this.cookies.set(name, value);
    }
    const text = await answer.text();
    if (isClosedSign(answer)) throw new Closed(address);
    if (answer.status !== 200) throw new Error(`${address}: HTTP ${answer.status}: ${text.slice(0, 200)}`);
    return text;
  }

  /** Asks as the shop's scripts do. @throws Closed, or Error when the answer is no JSON, or says that something is wrong */
  private async ask(route: string, form?: Readonly<Record<string, string>>): Promise<void> {
    const text = await this.visit(`index.php?route=${route}`, form);
    const isSound = text.startsWith("{") && JSON.parse(text).error === undefined;
    if (!isSound) throw new Error(`${route}: ${text.slice(0, 300)}`);
  }

  /** Buys one thing. Once this has returned the shop has promised it. */
  async buy({ firstname, lastname, email }: Person): Promise<void> {
    await this.ask("checkout/cart.add", { product_id: String(SHIPPED), quantity: "1" });
    const kinds = ["payment", "shipping"].map((kind) => ({
      [`${kind}_firstname`]: firstname,
      [`${kind}_lastname`]: lastname,
      [`${kind}_address_1`]: ADDRESS.street,
      [`${kind}_city`]: ADDRESS.city,
      [`${kind}_postcode`]: ADDRESS.postcode,
      [`${kind}_country_id`]: ADDRESS.country,
      [`${kind}_zone_id`]: ADDRESS.zoneId,
    }));
    // Version 4.1.0.3 fails without the group.
    const who = { account: "0", customer_group_id: "1" };
    await this.ask("checkout/register.save", { ...who, firstname, lastname, email, ...kinds[0], ...kinds[1] });
    await this.ask("checkout/shipping_method.quote");
    await this.ask("checkout/shipping_method.save", { shipping_method: "flat.flat" });
    await this.ask("checkout/payment_method.getMethods");
    await this.ask("checkout/payment_method.save", { payment_method: "cod.cod" });
    await this.visit("index.php?route=checkout/confirm.confirm");
    await this.ask("extension/opencart/payment/cod.confirm");
  }

  /** @returns what the shop says to a login that it does not take */
  async isRefused(email: string, password: string): Promise<string> {
    const page = await this.visit("index.php?route=account/login");
    const [, action] = /<form id="form-login" action="([^"]+)"/.exec(page) ?? [];
    if (!action) throw new Error("the login has no form");
    return this.visit(action.replaceAll("&amp;", "&"), { email, password });
  }
}
