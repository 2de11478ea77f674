import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import type { Cloud } from "../../components/cloud/discover";
import { validate } from "../../components/config/validate";
import { Naming } from "../../components/core/naming";
import { Storefront } from "../../components/storefront";
import { ROOT } from "../../toolchain/paths";
import { type Recorder, record } from "../support/recorder";
import { FLAVOR } from "../support/role-args";
import { CLOUD, SMALLEST, STORAGE } from "../support/stack-files";
import { cloudConfigOf, servedUserData, type Way, written } from "../support/user-data";

const MODES = ["packages", "image"] as const;
const MEDIA = ["local", "swift"] as const;
const TLS = ["plain", "octavia", "ovn", "haproxy"] as const;
const TIERS = ["web", "app"] as const;

interface Combination {
  readonly mode: (typeof MODES)[number];
  readonly media: (typeof MEDIA)[number];
  /** What ends TLS; plain: nothing does. */
  readonly tls: (typeof TLS)[number];
}

const COMBINATIONS: Combination[] = MODES.flatMap((mode) =>
  MEDIA.flatMap((media) => TLS.map((tls) => ({ mode, media, tls }))),
);

const pem = (what: string, bytes: number) => {
  const body = randomBytes(bytes).toString("base64").replace(/.{64}/g, "$&\n");
  return `-----BEGIN ${what}-----\n${body}\n-----END ${what}-----\n`;
};
/** As long as a certificate of a public authority with its intermediate one. */
const CERTIFICATE = {
  chain: pem("CERTIFICATE", 1300) + pem("CERTIFICATE", 1200),
  privateKey: pem("PRIVATE KEY", 1200),
};
const RELAY = { host: "relay.example.com", user: "orders@shop.example.com", from: "orders@shop.example.com" };
const PASSWORD = randomBytes(24).toString("base64url");
const RELEASE = { url: "https://mirror.example.com/opencart-4.1.0.4.zip", sha256: randomBytes(32).toString("hex") };

const BALANCING = {
  plain: {},
  octavia: { tls: { container: "storefront" } },
  ovn: { provider: "ovn", tls: { container: "storefront" } },
  haproxy: {
    driver: "haproxy",
    servers: { image: "debian-12", flavor: "m1.small" },
    tls: { container: "storefront" },
  },
} satisfies Record<Combination["tls"], object>;

/** OVN's balancers take no second router with a gateway, so the database's mirror is reached by routes of the cloud's own. */
const ADOPTED = { web: {}, app: { subnet: "app" }, db: { subnet: "db" } };

/** With mail, so that app servers have as much as they can have. */
async function made({ mode, media, tls }: Combination, scaling: "auto" | "static"): Promise<Recorder> {
  const tier = (name: (typeof TIERS)[number]) => ({
    ...SMALLEST[name],
    ...(scaling === "auto" ? { scaling: { mode: scaling } } : { count: 1 }),
  });
  const adopts = mode === "packages" && tls === "ovn";
  const config = validate("ecommerce", {
    ...SMALLEST,
    web: tier("web"),
    app: tier("app"),
    boot: { mode, handover: 0 },
    database: { ...SMALLEST.database, egress: mode === "packages" && !adopts },
    access: { packages: ["198.51.100.0/24"], services: ["198.51.100.1/32"], mail: ["198.51.100.2/32"] },
    balancing: BALANCING[tls],
    network: adopts ? ADOPTED : {},
    shop: { release: RELEASE, media: { driver: media }, mail: RELAY },
    mailPassword: "[secret]",
  });
  const subnet = { subnetId: "subnet", networkId: "network" };
  const { recorder } = await record(() => {
    const cloud: Cloud = {
      ...CLOUD,
      storage: STORAGE,
      machines: { ...CLOUD.machines, "balancing.servers": { imageId: "image-id", flavor: FLAVOR } },
      ...(tls === "plain" ? {} : { tlsContainerRef: "ref", certificate: pulumi.secret(CERTIFICATE) }),
      ...(adopts ? { adoptedSubnets: { app: subnet, db: subnet } } : {}),
    };
    const secrets = { mailPassword: pulumi.secret(PASSWORD), backupKey: undefined };
    return new Storefront("store", { config, cloud, secrets, naming: new Naming("ecommerce", "dev") });
  });
  return recorder;
}

/** A registration's input as the provider would get it: secrets are no others. */
const plain = (value: unknown): string => String(Object(value).value ?? value);

const sent: Record<Way, (recorder: Recorder, tier: string) => string> = {
  provider: (recorder, tier) => plain(recorder.one("compute/instance:Instance", `store-${tier}-1`).userData),
  // The provider reads it as YAML; Heat takes the parameter's default for the config of OS::Heat::SoftwareConfig.
  heat: (recorder, tier) => {
    const { environmentOpts } = recorder.one("orchestration/stackV1:StackV1", `store-${tier}`);
    return parse(plain(Object(Object(environmentOpts).value ?? environmentOpts).Bin)).parameter_defaults.user_data;
  },
};

/** The same files as they lie on a server, whoever hands them over; only its turn for updates differs by its name. */
async function arrived(text: string, through: Way) {
  const { files, last } = await written(cloudConfigOf(servedUserData(text, through)));
  return { files, last };
}

describe("user data of every kind of server", function () {
  this.timeout("2m");
  const largest: Record<Way, number> = { provider: 0, heat: 0 };

  for (const combination of COMBINATIONS) {
    const { mode, media, tls } = combination;
    it(`arrives through Nova and through Heat: ${mode}, uploads ${media}, TLS ${tls}`, async () => {
      const [fixed, elastic] = [await made(combination, "static"), await made(combination, "auto")];
      for (const tier of TIERS) {
        const [byProvider, byHeat] = [sent.provider(fixed, tier), sent.heat(elastic, tier)];
        const [expected, found] = [await arrived(byProvider, "provider"), await arrived(byHeat, "heat")];
        assert.deepEqual(found, expected);
        const role = tier === "web" ? "web" : "services";
        assert.deepEqual(found.last, ["/usr/local/lib/ecommerce/run.sh", role, mode === "packages" ? "all" : "boot"]);
        assert.ok(Object.keys(found.files).includes("/usr/local/lib/ecommerce/settings"));
        const size = (text: string, through: Way) => servedUserData(text, through).toString("base64").length;
        largest.provider = Math.max(largest.provider, size(byProvider, "provider"));
        largest.heat = Math.max(largest.heat, size(byHeat, "heat"));
      }
    });
  }

  it("is what Heat's templates say: a software config, handed on as it is", () => {
    const nested = (file: string) => parse(readFileSync(path.join(ROOT, "components/scaling/heat", file), "utf8"));
    assert.deepEqual(nested("boot.yaml").resources.config.properties, { config: { get_param: "user_data" } });
    for (const file of ["member.yaml", "server.yaml"]) {
      // Another format would make a MIME message of it.
      const { user_data_format: format, user_data: data } = nested(file).resources.server.properties;
      assert.deepEqual([format, data], ["RAW", { get_param: "boot" }]);
    }
  });

  after(() => {
    console.log(`      largest: ${largest.provider} bytes through Nova, ${largest.heat} through Heat, of 65535`);
  });
});

describe("the way of user data in these tests", () => {
  it("passes over what the fault of before made: base64 of gzip, which Heat and Nova's client encode once more", () => {
    const packed = Buffer.from("1f8b08000000000000", "hex").toString("base64");
    assert.throws(() => cloudConfigOf(servedUserData(packed, "heat")), /cloud-init does not know "H4sI/);
  });

  it("refuses what Nova refuses", () => {
    assert.throws(() => servedUserData("#".repeat(49_152), "heat"), /65535 characters, not 65536/);
  });
});
