/** A browser's page in OpenCart, whose forms are sent by scripts: what they are answered is waited for, never a time. */
import assert from "node:assert/strict";
import path from "node:path";
import type { Browser, BrowserContext, Page, Response } from "playwright-core";
import { ARTEFACTS } from "./store";

/** JSON, as OpenCart's scripts get it. */
export type Answer = Readonly<Record<string, unknown>>;
type Parameters = Readonly<Record<string, string | number>>;

/** As PHP and OpenCart's own handler print them into a page. */
const PHP_ERROR = /<b>(?:Warning|Notice|Deprecated|Fatal error|Parse error|Unknown error)<\/b>:.{0,300}/;
const PATIENCE_MS = 20_000;

export class Visitor {
  /** Files that the page named and did not get, since the last `open`. */
  readonly missing: string[] = [];
  private shots = 0;

  private constructor(
    readonly page: Page,
    readonly context: BrowserContext,
    private readonly name: string,
    private readonly folder: string,
  ) {}

  /**
   * A shopper or administrator with cookies of their own.
   * @param name first part of the screenshots' names
   * @param folder below the shop that all pages are in, with the slash
   */
  static async arrive(browser: Browser, url: string, name: string, folder = ""): Promise<Visitor> {
    const context = await browser.newContext({ baseURL: url, ignoreHTTPSErrors: true });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const visitor = new Visitor(page, context, name, folder);
    const isOurs = (address: string) => new URL(address).host === new URL(url).host;
    page.on("response", (response) => {
      const kind = response.request().resourceType();
      const isFile = ["image", "stylesheet", "script", "font"].includes(kind);
      if (isFile && isOurs(response.url()) && response.status() !== 200)
        visitor.missing.push(`${response.status()} ${response.url()}`);
    });
    page.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "";
      if (isOurs(request.url()) && reason !== "net::ERR_ABORTED") visitor.missing.push(`${reason} ${request.url()}`);
    });
    return visitor;
  }

  /** Opens a page, with all that its scripts load after it. */
  async open(route: string, parameters: Parameters = {}): Promise<void> {
    this.missing.length = 0;
    const query = new URLSearchParams({ route });
    for (const [key, value] of Object.entries(parameters)) query.set(key, String(value));
    const answer = await this.page.goto(`/${this.folder}index.php?${query}`);
    await this.expectSound(answer, route);
  }

  /** Follows a link as it stands in the page. */
  async follow(selector: string): Promise<void> {
    this.missing.length = 0;
    const target = await this.page.locator(selector).first().getAttribute("href");
    assert.ok(target, `${selector} leads nowhere on ${this.page.url()}`);
    await this.expectSound(await this.page.goto(target), target);
  }

  private async expectSound(answer: Response | null, what: string): Promise<void> {
    const text = (await answer?.text()) ?? "";
    assert.equal(answer?.status(), 200, `${what}: ${text.slice(0, 300)}`);
    assert.equal(PHP_ERROR.exec(text)?.[0], undefined, what);
    await this.page.waitForLoadState("networkidle");
  }

  /** Does something that makes a script ask a route. @returns its answer. @throws Error when that is no JSON, or an error */
  async answer(route: string, act: () => Promise<unknown>): Promise<Answer> {
    const answer = await this.said(route, act);
    if (answer.error) throw new Error(`${route}: ${said(answer)}`);
    return answer;
  }

  /** As `answer`, but errors are what is waited for. */
  async said(route: string, act: () => Promise<unknown>): Promise<Answer> {
    const [response] = await Promise.all([this.asked(route), act()]);
    const text = await response.text().catch(() => undefined);
    // It is gone with the page that asked, once that has gone where the answer sent it.
    if (text === undefined) return { redirect: this.page.url() };
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`${route}: HTTP ${response.status()}, and no JSON: ${text.slice(0, 500)}`);
    }
  }

  /** Does something whose answer leads to another page, and waits until that is there. */
  async redirected(route: string, act: () => Promise<unknown>): Promise<void> {
    const loaded = this.page.waitForEvent("load");
    // The answer's text may be gone by then with the page that asked.
    const refused = Promise.all([this.asked(route), act()]).then(async ([response]) => {
      const text = await response.text().catch(() => "");
      if (text !== "" && !text.includes('"redirect"'))
        throw new Error(`${route}: HTTP ${response.status()}: ${text.slice(0, 500)}`);
    });
    loaded.catch(() => undefined);
    await refused;
    await loaded;
    await this.page.waitForLoadState("networkidle");
  }

  /** Something that makes a script ask one route and then load a part of the page from another. */
  async reloaded(route: string, part: string, act: () => Promise<unknown>): Promise<Answer> {
    const [answer] = await Promise.all([this.answer(route, act), this.asked(part).then((loaded) => loaded.finished())]);
    return answer;
  }

  /** The next answer of a route. */
  asked(route: string, timeout = PATIENCE_MS): Promise<Response> {
    const isIt = (response: Response) => new URL(response.url()).searchParams.get("route") === route;
    return this.page.waitForResponse(isIt, { timeout });
  }

  title(): Promise<string> {
    return this.page.locator("h1").first().innerText();
  }

  /** Kept to be looked at. */
  async shoot(what: string): Promise<void> {
    this.shots += 1;
    const file = `${this.name}-${String(this.shots).padStart(2, "0")}-${what}.png`;
    await this.page.screenshot({ path: path.join(ARTEFACTS, file), fullPage: true });
  }

  /** That every picture of the page is one, and every file that it names was there. */
  async expectPictures(least: number): Promise<void> {
    await this.page.waitForFunction(() => [...document.images].every((image) => image.complete));
    const pictures = await this.page.evaluate(() =>
      [...document.images].map(({ currentSrc, src, naturalWidth }) => ({ from: currentSrc || src, naturalWidth })),
    );
    const blank = pictures.filter(({ naturalWidth }) => naturalWidth === 0).map(({ from }) => from);
    assert.deepEqual(blank, [], `pictures of ${this.page.url()} that are none`);
    assert.deepEqual(this.missing, [], `files of ${this.page.url()} that are missing`);
    assert.ok(pictures.length >= least, `${pictures.length} pictures on ${this.page.url()}, of at least ${least}`);
  }

  leave(): Promise<void> {
    return this.context.close();
  }
}

/** What an answer says, whichever way. */
export function said({ error, warning, success, text }: Answer): string {
  const first = error ?? warning ?? success ?? text ?? "";
  return typeof first === "string" ? first : JSON.stringify(first);
}
