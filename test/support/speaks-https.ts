/** What every store by HTTPS does, wherever its TLS ends. */
import assert from "node:assert/strict";
import type { FullStore } from "./full-lab";
import type { Ask } from "./trusting";

/** Where a suite's tests are: known only when they run. */
export interface Place {
  readonly store: FullStore;
  /** Believes the certificate in Barbican, and no other. */
  readonly ask: Ask;
}

/** Tests. @param hsts seconds for which browsers are told to stay with HTTPS */
export function speaksHttps(place: () => Place, hsts: number): void {
  it("is answered by the certificate in Barbican, and tells browsers to stay with HTTPS", async () => {
    const { store, ask } = place();
    assert.match(store.url, /^https:/);
    const answer = await ask(store.url);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("Strict-Transport-Security"), `max-age=${hsts}`);
    await assert.rejects(fetch(store.url), ({ cause }) => /self.signed/.test(String(cause)));
  });

  it("sends plain HTTP to HTTPS", async () => {
    const url = new URL("/index.php?route=product/product&product_id=3&x=a%20b", place().store.url);
    url.protocol = "http:";
    const { status, headers } = await fetch(url, { redirect: "manual" });
    url.protocol = "https:";
    assert.deepEqual([status, headers.get("Location")], [301, url.href]);
  });
}
