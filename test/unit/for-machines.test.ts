import assert from "node:assert/strict";
import { forMachines } from "../../components/cloud-init/for-machines";
import { renderUserData, serverFiles } from "../../components/cloud-init/role";
import { BASE, roles } from "../support/role-args";

const MEDIA = {
  authUrl: "https://keystone.example.com/v3",
  containerUrl: `https://swift.example.com/v1/AUTH_${"a".repeat(32)}/ecommerce-test-media`,
  credentialId: "b".repeat(32),
  secret: "c".repeat(86),
};
const MAIL = {
  host: "relay.example.com",
  port: 587,
  tls: "starttls",
  user: "shop",
  password: "d".repeat(32),
  from: "shop@example.com",
  ca: undefined,
} as const;
const RELEASE = { url: "https://example.com/opencart.zip", sha256: "0".repeat(64) };

describe("scripts in user data", () => {
  it("come without what is for readers", () => {
    assert.equal(forMachines("a.sh", "#!/bin/sh\n# why\n  # more\necho '#'\n"), "#!/bin/sh\necho '#'\n");
    const php = "<?php\n// why\n\n/**\n * @return int\n */\nfunction a()\n{\n    return 1; // one\n}\n";
    assert.equal(forMachines("a.php", php), "<?php\nfunction a()\n{\nreturn 1; // one\n}\n");
  });

  it("stay as they are where a line may be part of a text, and so do other files", () => {
    const php = "<?php\n$a = <<<'TEXT'\n// not a comment\nTEXT;\n";
    assert.equal(forMachines("a.php", php), php);
    const shell = "cat <<EOF\n# not a comment\nEOF\n";
    assert.equal(forMachines("a.sh", shell), shell);
    assert.equal(forMachines("a.json", "# why\n"), "# why\n");
  });

  it("fit for an app server with everything on, through Heat too", async () => {
    const { services } = await roles(RELEASE, MEDIA, MAIL);
    for (const hostname of ["app-1", undefined]) renderUserData(services, { hostname, mode: "packages", base: BASE });
    assert.ok(serverFiles(services, { mode: "packages", base: BASE }).length > 50);
  });
});
