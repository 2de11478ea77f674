import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { SHIPPED, somebody } from "../support/person";
import { Administrator } from "./administrator";
import { Customer } from "./customer";
import { type Visited, withOpenCart } from "./store";

/** `$1,234.50` and `104.78€` as a number. */
const amount = (text = "") => Number(text.replace(/[^\d.-]/g, ""));

describe("OpenCart sells", function () {
  this.timeout("3m");
  let store: Visited;
  let browser: Browser;
  let customer: Customer;
  const person = somebody("Carla");

  withOpenCart((given, opened) => {
    store = given;
    browser = opened;
  });
  before(async () => {
    customer = await Customer.arrive(browser, store, "customer");
  });

  it("shows a home page, a category and a product whose pictures, styles and scripts are all there", async () => {
    for (const [what, route, parameters, least] of [
      ["home", "common/home", {}, 10],
      ["category", "product/category", { path: 20 }, 5],
      ["product", "product/product", { product_id: SHIPPED }, 3],
    ] as const) {
      await customer.at.open(route, parameters);
      await customer.at.shoot(what);
      await customer.at.expectPictures(least);
    }
  });

  it("finds what is searched, and nothing else", async () => {
    const found = await customer.search("macbook");
    await customer.at.shoot("search");
    assert.deepEqual(found.sort(), ["MacBook", "MacBook Air", "MacBook Pro"]);
    assert.deepEqual(await customer.search("nosuchthing"), []);
  });

  it("compares two products", async () => {
    const compared = await customer.compare([SHIPPED, 43]);
    await customer.at.shoot("compare");
    assert.deepEqual(compared.sort(), ["MacBook", "iPhone"]);
    await customer.at.expectPictures(2);
  });

  it("changes the currency, and back", async () => {
    await customer.look(SHIPPED);
    const dollars = await customer.price();
    assert.match(dollars, /^\$/);
    await customer.chooseCurrency("Euro");
    const euros = await customer.price();
    await customer.at.shoot("euros");
    assert.match(euros, /€$/);
    assert.notEqual(amount(euros), amount(dollars));
    // The choice is the session's, on whichever server the next page is made.
    for (let look = 0; look < 4; look += 1) {
      await customer.look(SHIPPED);
      assert.equal(await customer.price(), euros);
    }
    await customer.chooseCurrency("US Dollar");
    assert.equal(await customer.price(), dollars);
  });

  it("refuses a login with a wrong password, and one of nobody", async () => {
    assert.match(await customer.isRefused("nobody@example.com", "wrong"), /No match for E-Mail Address/);
  });

  it("registers an account, which a later login opens and a wrong password does not", async () => {
    await customer.register(person);
    await customer.at.shoot("registered");
    await customer.at.open("account/logout");
    assert.match(await customer.isRefused(person.email, `${person.password}x`), /No match for E-Mail Address/);
    await customer.logIn(person);
    await customer.at.shoot("account");
  });

  it("sells to a customer with a coupon, and shows the order in the order history", async () => {
    const administrator = await Administrator.arrive(browser, store, "coupon");
    const code = `S${Date.now().toString(36)}`.toUpperCase();
    try {
      assert.equal(await administrator.logIn(store.adminPassword), "");
      await administrator.makeCoupon({ code, percent: 10 });
    } finally {
      await administrator.at.leave();
    }
    await customer.addToCart(SHIPPED);
    await customer.openCart();
    const full = amount((await customer.totals()).get("Sub-Total"));
    await customer.redeem(code);
    const totals = await customer.totals();
    await customer.at.shoot("coupon");
    assert.equal(amount(totals.get(`Coupon (${code})`)), -Math.round(full * 10) / 100, JSON.stringify([...totals]));

    await customer.buy(person, "customer");
    await customer.at.shoot("ordered");
    assert.equal(await customer.at.title(), "Your order has been placed!");
    const [order, ...others] = await customer.orders();
    await customer.at.shoot("order-history");
    assert.ok(order && others.length === 0, JSON.stringify([order, ...others]));
    assert.equal(order.status, "Pending");
    await customer.history(order.order);
    await customer.at.shoot("order");
    const bought = await customer.at.page.locator("#account-order").innerText();
    assert.ok(bought.includes(`Coupon (${code})`), bought);
    assert.ok(bought.includes("iPhone"), bought);
  });

  it("sells to a guest, who has a cart of their own", async () => {
    const guest = await Customer.arrive(browser, store, "guest");
    const buyer = somebody("Gunnar");
    try {
      await guest.openCart();
      assert.match(await guest.at.page.locator("#content").innerText(), /cart is empty/i);
      await guest.addToCart(SHIPPED);
      await guest.buy(buyer, "guest");
      await guest.at.shoot("ordered");
      assert.equal(await guest.at.title(), "Your order has been placed!");
      await guest.openCart();
      assert.match(await guest.at.page.locator("#content").innerText(), /cart is empty/i);
    } finally {
      await guest.at.leave();
    }
    const administrator = await Administrator.arrive(browser, store, "guest-order");
    try {
      assert.equal(await administrator.logIn(store.adminPassword), "");
      assert.equal((await administrator.ordersOf(buyer.lastname)).length, 1);
    } finally {
      await administrator.at.leave();
    }
  });
});
