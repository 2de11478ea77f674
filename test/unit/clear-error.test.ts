import assert from "node:assert/strict";
import { unclear } from "../support/clear-error";

describe("whether an error is clear", () => {
  it("wants to know what failed and why", () => {
    const clear = [
      'Error creating openstack_networking_network_v2: Post "http://127.0.0.1:1/v2.0/networks": OpenStack connection error, retries exhausted. Aborting. Last error was: read: connection reset by peer',
      "Error waiting for openstack_networking_network_v2 1 to become available: unexpected EOF",
      "what the store has in the cloud cannot be looked up; nothing was created or changed: GET http://127.0.0.1:1/servers/detail was answered with 503: 503 Service Unavailable (asked 4 times)",
      'ecommerce:web.image: "debian-12" Expected HTTP response code [200] when accessing [GET http://127.0.0.1:1/v2/images], but got 500 instead',
    ];
    for (const said of clear) assert.deepEqual(unclear(said), [], said);
    assert.deepEqual(unclear("error: update failed"), ["it does not say what failed", "it does not say why"]);
    assert.deepEqual(unclear("POST http://127.0.0.1/x failed"), ["it does not say why"]);
    assert.deepEqual(unclear("got 503"), ["it does not say what failed"]);
  });

  it("takes a program that has lost its way for unclear, whatever else it says", () => {
    for (const lost of [
      "panic: nil map",
      "goroutine 7 [running]",
      "TypeError: x",
      "[object Object]",
      "it is undefined",
    ])
      assert.equal(unclear(`GET http://127.0.0.1/x failed: got 503\n${lost}`).length, 1, lost);
  });
});
