import assert from "node:assert/strict";
import { storeSchema } from "../../components/config/schema";
import { SECRET_OUTPUTS, storeOutputs } from "../../components/outputs";
import { packageSchema, STOREFRONT } from "../../components/package/schema";

describe("the package's schema", () => {
  const schema = packageSchema();
  const store = schema.resources[STOREFRONT];

  it("has the stack file's sections as inputs and the store's outputs, secrets marked", () => {
    assert.deepEqual(Object.keys(store?.inputProperties ?? {}), Object.keys(storeSchema.shape));
    assert.deepEqual(store?.requiredInputs, ["cloud", "web", "app", "database"]);
    assert.deepEqual(Object.keys(store?.properties ?? {}), Object.keys(storeOutputs.shape));
    const secret = Object.entries(store?.properties ?? {}).filter(([, type]) => "secret" in type);
    assert.deepEqual(secret.map(([name]) => name).sort(), [...SECRET_OUTPUTS].sort());
  });

  it("has a type for every reference, and a Pulumi type for every property", () => {
    const referenced = [...JSON.stringify(schema).matchAll(/"#\/types\/([^"]+)"/g)].map(([, token]) => token);
    assert.deepEqual([...new Set(referenced)].sort(), Object.keys(schema.types).sort());
    const kinds = [...JSON.stringify(schema).matchAll(/"type":"([^"]+)"/g)].map(([, kind]) => kind);
    assert.deepEqual([...new Set(kinds)].sort(), ["array", "boolean", "integer", "number", "object", "string"]);
  });

  it("tells unions apart by their names, and keeps descriptions and defaults", () => {
    const { types } = schema;
    const mode = types["ecommerce:index:WebScalingAuto"]?.properties.mode;
    assert.deepEqual([mode?.type, mode?.const], ["string", "auto"]);
    assert.ok(types["ecommerce:index:BalancingWebPersistenceAppCookie"]?.required.includes("cookie"));
    const count = types["ecommerce:index:Web"]?.properties.count;
    assert.deepEqual([count?.default, count?.type], [2, "number"]);
    assert.match(String(count?.description), /number of servers/);
  });
});
