import assert from "node:assert/strict";
import { filledIn } from "../../components/cloud-init/filled-in";

const WORDS = { SECONDS: 5, PAGES: "^GET $&@x@", SHOP: "http://10.20.1.10:80/", FOLDER: "/pages", SCHEME: "https" };

describe("configuration that lies beside the scripts", () => {
  it("has every placeholder filled in, as it is, and nothing that is for its readers alone", () => {
    const text = filledIn("web/shared-pages.conf", WORDS);
    assert.match(text, /^ {2}# Pages that anonymous visitors share for 5 s\./);
    assert.ok(text.includes('  RewriteCond expr "%{THE_REQUEST} =~ m#^GET $&@x@#"\n'));
    assert.match(text, /CacheLockPath \/pages\/locks\n/);
    assert.doesNotMatch(text, /##|@[A-Z_]+@/);
  });

  it("has whole lines, or none, where a placeholder stands by itself", () => {
    const others = { STATIC: "", SHARED_PAGES: "", SHOP: "http://a/ retry=0", SHOP_URL: "http://a/" };
    const around = /ProxyPass \/healthz !\n([\s\S]*) {2}ProxyPass \/ http:\/\/a\/ retry=0\n/;
    const between = (lines: string) => filledIn("web/shop.conf", { ...others, BACKOFFICE: lines }).match(around)?.[1];
    assert.equal(between("  One\n  Two\n"), "  One\n  Two\n");
    assert.equal(between(""), "");
  });

  it("is refused with a placeholder or a value too many", () => {
    const { SHOP, ...others } = WORDS;
    assert.throws(() => filledIn("web/shared-pages.conf", others), /has @SHOP@, for which there is no value/);
    assert.throws(() => filledIn("web/health.conf", { SHOP }), /web\/health\.conf has no place for SHOP/);
  });
});
