import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { openBrowser } from "../../commands/open/browser";
import { shopSchema } from "../../components/config/shop-schema";
import { ROOT } from "../../toolchain/paths";
import { eventually } from "../support/eventually";
import { fullStore, obstacle } from "../support/full-lab";
import { PICTURE } from "../support/picture";
import { NOT_ANONYMOUS } from "../support/shopper";

const SCREENSHOTS = path.join(ROOT, ".test-artefacts/browser");

interface Visited {
  readonly url: string;
  readonly adminPassword: string;
}

/** A store that stands already, for work on this test. */
function givenStore(): Visited | undefined {
  const { STORE_URL: url, STORE_ADMIN_PASSWORD: adminPassword = "" } = process.env;
  return url ? { url, adminPassword } : undefined;
}

async function builtStore(): Promise<Visited> {
  const { url, outputs } = await fullStore();
  const [adminPassword] = Object.values<string>(outputs.adminPasswords?.value ?? {});
  assert.ok(adminPassword);
  return { url, adminPassword };
}

describe("a browser buys", function () {
  this.timeout("2m");
  this.bail(true);
  let store: Visited;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let shots = 0;

  /** Kept to be looked at. */
  const shoot = async (what: string) => {
    shots += 1;
    const name = `${String(shots).padStart(2, "0")}-${what}.png`;
    await page.screenshot({ path: path.join(SCREENSHOTS, name), fullPage: true });
  };
  const title = () => page.locator("h1").innerText();
  const orderOf = async () => Number(/order (\d+)/.exec(await page.locator("p").first().innerText())?.[1]);

  before(async function () {
    this.timeout("15m");
    const skip = (reason: string): never => {
      console.log(`      skipped: ${reason}`);
      this.skip();
    };
    const given = givenStore();
    const { OPENCART_ARCHIVE: openCart } = process.env;
    const reason = openCart ? "the pages it knows are the stand-in shop's" : given ? "" : await obstacle();
    if (reason) skip(reason);
    browser = await openBrowser().catch((cause: Error) => skip(cause.message));
    store = given ?? (await builtStore());
    await mkdir(SCREENSHOTS, { recursive: true });
    context = await browser.newContext({ baseURL: store.url, ignoreHTTPSErrors: true });
    context.setDefaultTimeout(20_000);
    page = await context.newPage();
  });

  after(async () => {
    await browser?.close();
  });

  it("browses from the home page to a thing", async () => {
    const answer = await page.goto("/");
    assert.equal(answer?.status(), 200);
    assert.ok((await page.getByRole("listitem").count()) >= 4);
    await shoot("home");
    await page.getByRole("link", { name: "Canoe" }).click();
    assert.equal(await title(), "Canoe");
    await shoot("item");
  });

  it("finds what it searches, and nothing else", async () => {
    await page.getByRole("searchbox", { name: "Search" }).fill("lamp");
    await page.getByRole("button", { name: "Search" }).click();
    assert.equal(await title(), "Search");
    assert.deepEqual(await page.getByRole("listitem").getByRole("link").allInnerTexts(), ["Blue lamp"]);
    await shoot("search");
  });

  it("puts things into the cart and orders them as a guest, whichever node answers", async () => {
    for (const name of ["Blue lamp", "Blue lamp", "Desk"]) {
      await page.goto("/");
      await page.getByRole("link", { name }).click();
      await page.getByRole("button", { name: "Add to cart" }).click();
    }
    await page.getByRole("link", { name: "cart", exact: true }).click();
    const lines = await page.getByRole("row").allInnerTexts();
    assert.deepEqual(
      lines.slice(1).map((line) => line.split("\t").slice(0, 2)),
      [
        ["Blue lamp", "2"],
        ["Desk", "1"],
      ],
    );
    const prices = lines.slice(1).map((line) => line.split("\t").slice(1).map(Number));
    const total = prices.reduce((sum, [count = 0, price = 0]) => sum + count * price, 0);
    await shoot("cart");
    await page.getByLabel("E-mail").fill("guest@example.com");
    await page.getByRole("button", { name: "Order as a guest" }).click();
    assert.equal(await title(), "Thank you");
    assert.ok((await orderOf()) > 0);
    assert.match(await page.locator("p").first().innerText(), new RegExp(`total ${total}$`));
    await shoot("ordered");
    await page.getByRole("link", { name: "Cart", exact: true }).click();
    await page.getByText("The cart is empty.").waitFor();
  });

  it("does not share the cart with another shopper", async () => {
    await page.goto("/index.php?route=product/product&product_id=3");
    await page.getByRole("button", { name: "Add to cart" }).click();
    const other = await browser.newContext({ baseURL: store.url, ignoreHTTPSErrors: true });
    try {
      const theirs = await other.newPage();
      await theirs.goto("/index.php?route=checkout/cart");
      await theirs.getByText("The cart is empty.").waitFor();
    } finally {
      await other.close();
    }
  });

  describe("and the administrator", () => {
    // Another each time, so that what an earlier run left is not taken for this one's.
    const price = (1 + (Date.now() % 9_000) / 100).toFixed(2);
    const mug = () => page.getByRole("row", { name: "Æsir mug" });

    it("is let in with the password of the stack's outputs, and with no other", async () => {
      const logIn = async (password: string) => {
        await page.getByLabel("Name").fill("admin");
        await page.getByLabel("Password").fill(password);
        await page.getByRole("button", { name: "Log in" }).click();
      };
      assert.equal((await page.goto("/admin/index.php"))?.status(), 403);
      await logIn(`${store.adminPassword}x`);
      assert.equal(await title(), "Log in");
      await logIn(store.adminPassword);
      assert.equal(await title(), "Administration");
      await shoot("administration");
    });

    it("changes a price, which shoppers see at once, from every node, and first-time visitors some seconds later", async () => {
      await mug().getByLabel("Price").fill(price);
      await mug().getByRole("button", { name: "Save" }).click();
      assert.equal(await mug().getByLabel("Price").inputValue(), price);
      const item = new URL("/index.php?route=product/product&product_id=1", store.url);
      for (let look = 0; look < 6; look += 1) {
        const seen = await fetchedAnew(item, NOT_ANONYMOUS);
        assert.ok(seen.includes(`<b>${price}</b>`), seen);
      }
      await sleep(shopSchema.parse({}).cache * 1000);
      for (let look = 0; look < 6; look += 1) assert.ok((await fetchedAnew(item)).includes(`<b>${price}</b>`));
    });

    it("uploads a picture, which the shop shows, whichever node answers", async () => {
      const file = path.join(SCREENSHOTS, "uploaded.png");
      await writeFile(file, PICTURE.png);
      await mug().getByLabel("Picture").setInputFiles(file);
      await mug().getByRole("button", { name: "Upload" }).click();
      const name = await page.locator("body").innerText();
      assert.match(name, /^catalog\/[0-9a-f]+\.png$/);
      const thumbnail = `image/cache/${name.replace(".png", "-200x200.png")}`;
      // By way of Swift, where the other nodes find it.
      const shown = await eventually(
        async () => {
          await page.goto("/index.php?route=product/product&product_id=1");
          const picture = page.getByRole("img", { name: "Æsir mug" });
          // As with OpenCart, a server to which the picture has not come yet makes a page without it.
          if ((await picture.getAttribute("src", { timeout: 2000 }).catch(() => null)) !== thumbnail) return [0, 0];
          return picture.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight]);
        },
        ([width]) => width !== 0,
        10,
      );
      assert.deepEqual(shown, [200, 200]);
      assert.match(await page.locator("p").first().innerText(), new RegExp(price.replace(".", "\\.")));
      await shoot("item-with-picture");
      const status = async () => {
        const answer = await fetch(new URL(`/image/${name}`, store.url), { headers: { Connection: "close" } });
        await answer.arrayBuffer();
        return answer.status;
      };
      await eventually(
        () => Promise.all([status(), status(), status(), status(), status(), status()]),
        (all) => all.every((one) => one === 200),
        10,
      );
    });
  });
});

/** By a connection of its own, so that a balancer may choose another node. */
async function fetchedAnew(url: URL, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const answer = await fetch(url, { headers: { Connection: "close", ...headers } });
  assert.equal(answer.status, 200);
  return answer.text();
}
