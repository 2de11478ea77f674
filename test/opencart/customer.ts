/** What somebody does who shops, page by page. */
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { ADDRESS, type Person } from "../support/person";
import type { Visited } from "./store";
import { type Answer, said, Visitor } from "./visitor";

export interface OrderLine {
  readonly order: number;
  readonly status: string;
  /** As shown, e.g. `$123.20`. */
  readonly total: string;
}

export class Customer {
  private constructor(readonly at: Visitor) {}

  static async arrive(browser: Browser, { url }: Visited, name: string): Promise<Customer> {
    return new Customer(await Visitor.arrive(browser, url, name));
  }

  private get page() {
    return this.at.page;
  }

  async register({ firstname, lastname, email, password }: Person): Promise<void> {
    await this.at.open("account/register");
    await this.page.locator("#input-firstname").fill(firstname);
    await this.page.locator("#input-lastname").fill(lastname);
    await this.page.locator("#form-register #input-email").fill(email);
    await this.page.locator("#form-register #input-password").fill(password);
    await this.page.locator("#form-register input[name='agree']").check();
    const send = this.page.locator("#form-register button[type='submit']");
    await this.at.redirected("account/register.register", () => send.click());
    assert.match(this.page.url(), /route=account\/success/);
  }

  /** @returns what the shop says to a login that it does not take */
  async isRefused(email: string, password: string): Promise<string> {
    await this.at.open("account/login");
    const answer = await this.at.said("account/login.login", () => this.sendLogin(email, password));
    assert.equal(answer.redirect, undefined, `let in as ${email}`);
    return said(answer);
  }

  async logIn({ email, password }: Person): Promise<void> {
    await this.at.open("account/login");
    await this.at.redirected("account/login.login", () => this.sendLogin(email, password));
    assert.match(this.page.url(), /route=account\/account/);
  }

  private async sendLogin(email: string, password: string): Promise<void> {
    await this.page.locator("#form-login #input-email").fill(email);
    await this.page.locator("#form-login #input-password").fill(password);
    await this.page.locator("#form-login button[type='submit']").click();
  }

  /** @returns names of what is found */
  async search(words: string): Promise<string[]> {
    await this.at.open("common/home");
    const box = this.page.locator("header input[name='search']");
    await box.fill(words);
    await Promise.all([this.page.waitForURL(/route=product(\/|%2F)search/), box.press("Enter")]);
    await this.page.waitForLoadState("networkidle");
    return this.page.locator(".product-thumb h4 a").allInnerTexts();
  }

  async compare(products: readonly number[]): Promise<string[]> {
    for (const product of products) {
      await this.look(product);
      const add = this.page.locator("#content button[formaction*='compare.add']").first();
      await this.at.answer("product/compare.add", () => add.click());
    }
    await this.at.open("product/compare");
    return this.page.locator("#product-compare tbody tr:first-child td strong").allInnerTexts();
  }

  async look(product: number): Promise<void> {
    await this.at.open("product/product", { product_id: product });
  }

  /** @returns the product's price, as shown */
  price(): Promise<string> {
    return this.page.locator("#product-info .price-new").first().innerText();
  }

  /** @param name as in the list, e.g. `Euro` */
  async chooseCurrency(name: string): Promise<void> {
    const form = this.page.locator("#form-currency");
    await form.locator("[data-bs-toggle='dropdown']").click();
    const item = form.locator(".dropdown-item", { hasText: name });
    await this.at.redirected("common/currency.save", () => item.click());
  }

  async addToCart(product: number): Promise<void> {
    await this.look(product);
    await this.at.reloaded("checkout/cart.add", "common/cart.info", () => this.page.locator("#button-cart").click());
  }

  async openCart(): Promise<void> {
    await this.at.open("checkout/cart");
  }

  /** The cart's totals, or an order's, by their titles. */
  async totals(table = "#checkout-total"): Promise<Map<string, string>> {
    const rows = await this.page.locator(`${table} tr`).allInnerTexts();
    return new Map(rows.map((row) => row.trim().split(/\s*\t\s*/)).map(([title = "", text = ""]) => [title, text]));
  }

  /** In the cart. */
  async redeem(coupon: string): Promise<Answer> {
    await this.page.locator("[data-bs-target='#collapse-coupon']").click();
    await this.page.locator("#input-coupon").fill(coupon);
    const apply = this.page.locator("button[form='form-coupon'][formaction*='coupon.save']");
    return this.at.reloaded("extension/opencart/checkout/coupon.save", "checkout/cart.list", () => apply.click());
  }

  /** From the cart to the page that says thank you: with an account, which has no address yet, or as a guest. */
  async buy({ firstname, lastname, email }: Person, as: "customer" | "guest"): Promise<void> {
    await this.at.open("checkout/checkout");
    if (as === "guest") {
      await this.page.locator("#input-guest").check();
      await this.page.locator("#form-register #input-firstname").fill(firstname);
      await this.page.locator("#form-register #input-lastname").fill(lastname);
      await this.page.locator("#form-register #input-email").fill(email);
    } else {
      await this.page.locator("#input-shipping-firstname").fill(firstname);
      await this.page.locator("#input-shipping-lastname").fill(lastname);
    }
    await this.fillAddress();
    const [save, button] =
      as === "guest"
        ? ["checkout/register.save", "#button-register"]
        : ["checkout/shipping_address.save", "#button-shipping-address"];
    await this.confirming(save, () => this.page.locator(button).click());
    await this.choose("shipping", "checkout/shipping_method.quote", "#input-shipping-method-flat-flat");
    await this.choose("payment", "checkout/payment_method.getMethods", "#input-payment-method-cod-cod");
    await this.at.shoot("checkout");
    const confirm = this.page.locator("#button-confirm");
    await this.at.redirected("extension/opencart/payment/cod.confirm", () => confirm.click());
    assert.match(this.page.url(), /route=checkout\/success/);
  }

  private async fillAddress(): Promise<void> {
    const hasPayment = await this.page.locator("#input-payment-address-1").isVisible();
    const field = (name: string) => this.page.locator(`#input-${hasPayment ? "payment" : "shipping"}-${name}`);
    await field("address-1").fill(ADDRESS.street);
    await field("city").fill(ADDRESS.city);
    await field("postcode").fill(ADDRESS.postcode);
    await this.at.said("localisation/country", () => field("country").selectOption(ADDRESS.country));
    await field("zone").selectOption({ label: ADDRESS.zone });
  }

  private async choose(what: "shipping" | "payment", ask: string, method: string): Promise<void> {
    await this.at.answer(ask, () => this.page.locator(`#button-${what}-methods`).click());
    await this.page.locator(method).check();
    await this.confirming(`checkout/${what}_method.save`, () => this.page.locator(`#button-${what}-method`).click());
    await this.page.locator(`#modal-${what}`).waitFor({ state: "hidden" });
  }

  /** Saves something of the checkout, which then shows the order anew. */
  private confirming(save: string, act: () => Promise<unknown>): Promise<Answer> {
    return this.at.reloaded(save, "checkout/confirm.confirm", act);
  }

  /** Of somebody logged in; the newest first. */
  async orders(): Promise<OrderLine[]> {
    await this.at.follow("a[href*='route=account/order']");
    const rows = await this.page.locator("#account-order tbody tr").all();
    return Promise.all(
      rows.map(async (row) => {
        const [number = "", , status = "", total = ""] = await row.locator("td").allInnerTexts();
        return { order: Number(number.replace("#", "")), status, total };
      }),
    );
  }

  /** Opens an order from the list of `orders`. @returns its history: date, comment and state of each step */
  async history(order: number): Promise<string[][]> {
    await this.at.follow(`#account-order a[href*='order_id=${order}&'], #account-order a[href$='order_id=${order}']`);
    const rows = await this.page.locator("#history tbody tr").all();
    return Promise.all(rows.map((row) => row.locator("td").allInnerTexts()));
  }
}
