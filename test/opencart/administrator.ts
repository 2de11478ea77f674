/** What somebody does who runs the shop, page by page. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import type { Visited } from "./store";
import { type Answer, said, Visitor } from "./visitor";

/** For a backup or its restoring, on a busy machine. */
const DUMP_MS = 240_000;

export interface Coupon {
  readonly code: string;
  readonly percent: number;
}

export class Administrator {
  private token = "";

  private constructor(readonly at: Visitor) {}

  static async arrive(browser: Browser, { url }: Visited, name = "administrator"): Promise<Administrator> {
    const at = await Visitor.arrive(browser, url, name, "admin/");
    // The image manager says all it has to say in dialogs.
    at.page.on("dialog", (dialog) => void dialog.accept());
    return new Administrator(at);
  }

  private get page() {
    return this.at.page;
  }

  /** @returns what is said to somebody who is not let in; nothing: let in */
  async logIn(password: string): Promise<string> {
    await this.at.open("common/login");
    await this.page.locator("#input-username").fill("admin");
    await this.page.locator("#input-password").fill(password);
    const send = this.page.locator("#form-login button[type='submit']");
    const answer = await this.at.said("common/login.login", () => send.click());
    if (!answer.redirect) return said(answer);
    await this.page.waitForURL(/user_token=/);
    await this.page.waitForLoadState("networkidle");
    this.token = new URL(this.page.url()).searchParams.get("user_token") ?? "";
    return "";
  }

  async open(route: string, parameters: Readonly<Record<string, string | number>> = {}): Promise<void> {
    await this.at.open(route, { user_token: this.token, ...parameters });
    assert.equal(await this.page.locator("#form-login").count(), 0, `${route}: logged out`);
  }

  /** As the administration's footer says it. */
  async version(): Promise<string> {
    const footer = await this.page.locator("#footer").innerText();
    return /Version ([\d.]+)/.exec(footer)?.[1] ?? footer;
  }

  async setPrice(product: number, price: string): Promise<void> {
    await this.open("catalog/product.form", { product_id: product });
    await this.page.locator("a[href='#tab-data']").click();
    await this.page.locator("#input-price").fill(price);
    await this.saveProduct();
  }

  private async saveProduct(): Promise<void> {
    const save = this.page.locator("button[form='form-product']");
    await this.at.answer("catalog/product.save", () => save.click());
  }

  /** Uploads a picture with the image manager and makes it a product's. @returns what the form then names */
  async setPicture(product: number, file: string, name: string): Promise<string> {
    await this.open("catalog/product.form", { product_id: product });
    await this.page.locator("a[href='#tab-image']").click();
    const edit = this.page.locator("[data-oc-toggle='image'][data-oc-target='#input-image']");
    await Promise.all([this.page.locator("#modal-image #button-upload").waitFor(), edit.click()]);
    await this.at.reloaded("common/filemanager.upload", "common/filemanager.list", () =>
      this.choose("#modal-image #button-upload", file),
    );
    // It is on the first page of what is found, whatever else is there.
    await this.page.locator("#modal-image #input-search").fill(name);
    const found = this.page
      .locator("#modal-image a.thumbnail")
      .filter({ has: this.page.locator(`img[alt^='${name}']`) });
    await Promise.all([found.waitFor(), this.page.locator("#modal-image #button-search").click()]);
    await this.at.shoot("image-manager");
    await this.page.waitForLoadState("networkidle");
    await this.at.expectPictures(1);
    await found.click();
    await this.page.locator("#modal-image").waitFor({ state: "hidden" });
    await this.at.shoot("product-form");
    const chosen = await this.page.locator("#input-image").inputValue();
    await this.saveProduct();
    return chosen;
  }

  /** Clicks a button that asks for a file. */
  private async choose(button: string, file: string): Promise<void> {
    const [chooser] = await Promise.all([this.page.waitForEvent("filechooser"), this.page.locator(button).click()]);
    await chooser.setFiles(file);
  }

  async makeCoupon({ code, percent }: Coupon): Promise<void> {
    await this.open("marketing/coupon.form");
    await this.page.locator("#input-name").fill(`${percent} % off`);
    await this.page.locator("#input-code").fill(code);
    await this.page.locator("#input-type").selectOption("P");
    await this.page.locator("#input-discount").fill(String(percent));
    await this.page.locator("#input-date-start").fill(day(-1));
    await this.page.locator("#input-date-end").fill(day(30));
    await this.page.locator("#input-uses-total").fill("100");
    await this.page.locator("#input-uses-customer").fill("100");
    await this.page.locator("#input-status").check();
    await this.at.answer("marketing/coupon.save", () => this.page.locator("button[form='form-coupon']").click());
  }

  /** @param lastname of orders by one customer. @returns their numbers, the newest first */
  async ordersOf(lastname: string): Promise<number[]> {
    await this.open("sale/order", { filter_customer: lastname });
    const numbers = await this.page.locator("#form-order tbody input[name='selected[]']").all();
    return Promise.all(numbers.map(async (one) => Number(await one.inputValue())));
  }

  /** @param state as in the list, e.g. `Shipped` */
  async setState(order: number, state: string, comment: string): Promise<Answer> {
    await this.open("sale/order.info", { order_id: order });
    await this.page.locator("#form-history #input-order-status").selectOption({ label: state });
    await this.page.locator("#input-notify").check();
    await this.page.locator("#input-history").fill(comment);
    const add = this.page.locator("#button-history");
    return this.at.reloaded("sale/order.call", "sale/order.history", () => add.click());
  }

  /** Of all tables. @returns the file's name and content, once it is complete */
  async backUp(): Promise<{ name: string; content: string; tables: number }> {
    await this.open("tool/backup");
    const files = this.page.locator("#history .btn-warning");
    const before = await values(files);
    const tables = await this.page.locator("input[name='backup[]']:checked").count();
    await this.untilDone("#button-backup");
    const name = (await values(files)).find((one) => !before.includes(one));
    assert.ok(name, "the backup says that it is done, and the list has no new file");
    const row = this.page.locator("#history tr", { hasText: name });
    const [download] = await Promise.all([this.page.waitForEvent("download"), row.locator(".btn-info").click()]);
    return { name, tables, content: await readFile(await download.path(), "utf8") };
  }

  async restore(name: string): Promise<void> {
    await this.open("tool/backup");
    await this.untilDone(`#history .btn-warning[value='${name}']`);
  }

  /** One request follows the other until one of them says success, or that something is wrong. */
  private async untilDone(button: string): Promise<void> {
    let wrong = "";
    let giveUp: (reason: Error) => void = () => undefined;
    // The page itself waits for ever.
    const failed = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    failed.catch(() => undefined);
    const watch = async (response: { url(): string; status(): number; text(): Promise<string> }) => {
      if (!/route=tool(\/|%2F)backup\.(backup|restore)/.test(response.url())) return;
      const text = await response.text().catch(() => "");
      if (response.status() === 200 && text.startsWith("{")) return;
      wrong ||= `HTTP ${response.status()}: ${text.slice(0, 500)}`;
      giveUp(new Error(wrong));
    };
    this.page.on("response", watch);
    const end = this.page.locator("#progress-bar.bg-success, #progress-bar.bg-danger");
    try {
      // Success and failure alike are followed by the list of files.
      const listed = this.at.asked("tool/backup.history", DUMP_MS);
      listed.catch(() => undefined);
      await this.page.locator(button).click();
      await Promise.race([end.waitFor({ state: "attached", timeout: DUMP_MS }), failed]);
      await (await listed).finished();
    } catch (error) {
      const progress = await this.page.locator("#progress-text").innerText();
      throw new Error(`${wrong || String(error)}; the page's last words: ${progress}`);
    } finally {
      this.page.off("response", watch);
    }
    const last = await this.page.locator("#progress-text").innerText();
    assert.equal(await this.page.locator("#progress-bar.bg-danger").count(), 0, last);
    await this.page.waitForLoadState("networkidle");
  }

  /** @returns what the installer says to an extension */
  async uploadExtension(file: string): Promise<Answer> {
    await this.open("marketplace/installer");
    return this.at.said("marketplace/installer.upload", () => this.choose("#button-upload", file));
  }
}

function values(of: ReturnType<Visitor["page"]["locator"]>): Promise<string[]> {
  return of.evaluateAll((buttons) => buttons.map((button) => button.getAttribute("value") ?? ""));
}

/** @param from today, in days. @returns e.g. `2026-11-26` */
function day(from: number): string {
  return new Date(Date.now() + from * 86_400_000).toISOString().slice(0, 10);
}
