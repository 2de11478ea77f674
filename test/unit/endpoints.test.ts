import assert from "node:assert/strict";
import { services } from "../../commands/doctor/checks/services";
import { CloudView } from "../../commands/doctor/cloud-view";
import { cloudApi } from "../../components/cloud/api";
import { PLAIN_CONNECTION } from "../../components/cloud/connection-settings";
import { absence, endpointOf, publicEndpoint } from "../../components/cloud/endpoints";
import { type Session, sessionOf } from "../../components/cloud/session";
import { validate } from "../../components/config/validate";
import { fakeEndpoint } from "../support/fake-endpoint";
import { SMALLEST } from "../support/stack-files";

type Row = readonly [type: string, region: string, iface: string, url: string];

const catalogue = (rows: readonly Row[], region = "one", settings: object = {}) => ({
  tokenId: "t",
  region,
  serviceCatalogs: rows.map(([type, region, iface, url]) => ({ type, endpoints: [{ region, interface: iface, url }] })),
  settings: { ...PLAIN_CONNECTION, ...settings },
});

describe("a service's endpoint", () => {
  it("is of the provider's region and of the chosen interface", () => {
    const rows: Row[] = [
      ["compute", "two", "public", "https://two.example"],
      ["compute", "one", "internal", "https://internal.example"],
      ["compute", "one", "public", "https://one.example"],
    ];
    assert.equal(endpointOf(catalogue(rows), "compute"), "https://one.example");
    assert.equal(endpointOf(catalogue(rows, "one", { interface: "internal" }), "compute"), "https://internal.example");
    assert.equal(endpointOf(catalogue(rows, ""), "compute"), "https://two.example");
    // Servers and browsers are told the public one.
    assert.equal(publicEndpoint(catalogue(rows, "one", { interface: "internal" }), "compute"), "https://one.example");
    const [{ endpoints = [] } = {}] = catalogue(rows).serviceCatalogs;
    const byId = [{ type: "compute", endpoints: endpoints.map((one) => ({ ...one, region: "Two", regionId: "one" })) }];
    assert.equal(endpointOf({ ...catalogue([]), serviceCatalogs: byId }, "compute"), "https://two.example");
  });

  it("is none of another region or interface, and says so", async () => {
    const rows: Row[] = [
      ["image", "two", "public", "https://two.example"],
      ["network", "one", "public", "https://one.example"],
    ];
    assert.equal(absence(catalogue(rows), "image"), "the cloud's image service is not in region one, only in two");
    const internal = catalogue(rows, "one", { interface: "internal" });
    assert.equal(absence(internal, "network"), "the cloud's network service has no internal endpoint in region one");
    assert.equal(absence(catalogue(rows), "compute"), "the cloud's catalogue has no compute service");
    assert.equal(absence(catalogue(rows), "network"), undefined);
    const session = sessionOf(catalogue(rows), PLAIN_CONNECTION) as Session;
    await assert.rejects(cloudApi(session).call("image", "/v2/images"), /not in region one, only in two/);
    const found = await services(new CloudView(session), validate("ecommerce", SMALLEST));
    const [glance] = found.filter(({ text }) => text.includes("image"));
    assert.match(
      glance?.text ?? "",
      /^the cloud's image service is not in region one, only in two: no store is without/,
    );
  });

  it("is that of volumes whose type the provider prefers, whatever the catalogue's order", () => {
    const rows: Row[] = [
      ["volume", "one", "public", "https://cinder.example/v1/p"],
      ["block-storage", "one", "public", "https://cinder.example/v3/"],
      ["volumev3", "one", "public", "https://cinder.example/v3/p/"],
    ];
    assert.equal(endpointOf(catalogue(rows), "block-storage"), "https://cinder.example/v3/p");
    assert.equal(endpointOf(catalogue(rows.slice(0, 2)), "block-storage"), "https://cinder.example/v3");
  });

  it("is what endpointOverrides says, by the provider's names", () => {
    const overrides = { octavia: "https://octavia.example/lb/v2.0/", volumev3: "https://cinder.example/v3/p/" };
    const own = catalogue([["load-balancer", "one", "public", "https://wrong.example"]], "one", { overrides });
    assert.equal(endpointOf(own, "load-balancer"), "https://octavia.example/lb");
    assert.equal(endpointOf(own, "block-storage"), "https://cinder.example/v3/p");
  });

  /** What is asked for, by each shape of the endpoint. */
  const SHAPES: Readonly<Record<string, readonly [path: string, shapes: readonly string[], asked: readonly string[]]>> =
    {
      network: ["/v2.0/ports", ["", "/", "/v2.0", "/v2.0/", "/networking/", "/networking/v2.0"], ["", "/networking"]],
      "load-balancer": [
        "/v2/lbaas/pools",
        ["", "/v2.0", "/v2/", "/load-balancer/", "/load-balancer/v2.0/"],
        ["", "/load-balancer"],
      ],
      image: ["/v2/images", ["", "/v2", "/v2/", "/image/", "/image/v2"], ["", "/image"]],
      "key-manager": ["/v1/secrets", ["/", "/v1/", "/key-manager", "/key-manager/v1"], ["", "/key-manager"]],
      compute: ["/servers", ["/v2.1", "/v2.1/", "/compute/v2.1/"], ["/v2.1", "/compute/v2.1"]],
      "block-storage": ["/volumes", ["/v3/0123abcd", "/volume/v3/0123abcd/"], ["/v3/0123abcd", "/volume/v3/0123abcd"]],
      orchestration: ["/stacks", ["/v1/0123abcd", "/heat-api/v1/0123abcd/"], ["/v1/0123abcd", "/heat-api/v1/0123abcd"]],
    };

  it("may have a version, a path and a slash, as gophercloud takes them", async () => {
    const asked = new Set<string>();
    const { scope, close } = await fakeEndpoint("any", ({ url }) => {
      asked.add(url ?? "");
      return { body: "{}" };
    });
    const [{ endpoints: [any] = [] } = {}] = scope.serviceCatalogs;
    try {
      for (const [service, [path, shapes, expected]] of Object.entries(SHAPES)) {
        asked.clear();
        for (const shape of shapes) {
          const own = catalogue([[service, "one", "public", `${any?.url}${shape}`]]);
          await cloudApi(sessionOf(own, PLAIN_CONNECTION)).call(service, path);
        }
        assert.deepEqual([...asked].sort(), expected.map((prefix) => `${prefix}${path}`).sort(), service);
      }
    } finally {
      close();
    }
  });

  it("of Keystone may be of its second version, as gophercloud's", async () => {
    const asked = new Set<string>();
    const { scope, close } = await fakeEndpoint("any", ({ url }) => {
      asked.add(url ?? "");
      return { body: JSON.stringify({ token: { user: { id: "u" } } }) };
    });
    const [{ endpoints: [any] = [] } = {}] = scope.serviceCatalogs;
    try {
      for (const shape of ["", "/", "/v2.0", "/v3", "/v3/"]) {
        const own = catalogue([["identity", "one", "public", `${any?.url}${shape}`]]);
        assert.equal((await cloudApi(sessionOf(own, PLAIN_CONNECTION)).token()).user.id, "u");
      }
      assert.deepEqual([...asked], ["/v3/auth/tokens?nocatalog"]);
    } finally {
      close();
    }
  });
});
