/** The build script of a role's golden image. */
import { type RoleName, renderImageScript } from "../../components/cloud-init/role";
import { balancerRole } from "../../components/cloud-init/roles/balancer";
import { databaseRole } from "../../components/cloud-init/roles/database";
import { servicesRole } from "../../components/cloud-init/roles/services";
import { webRole } from "../../components/cloud-init/roles/web";
import type { StoreConfig } from "../../components/config/schema";

/** Only what is baked is rendered, so what a server learns at its boot may be blank here. */
const UNKNOWN = { flavor: { name: "", vcpus: 1, ram: 1024, disk: 0 }, address: "", password: "", none: "" };
const NO_TLS = { caCertificate: "", serverCertificate: "", serverKey: "" };

/** @returns a script that turns a fresh machine of the distribution into the role's image; it holds no secret */
export function imageScript(role: RoleName, config: StoreConfig): string {
  const { flavor, address, password, none } = UNKNOWN;
  const roles = {
    web: () =>
      webRole({
        flavor,
        appVip: none,
        hsts: undefined,
        staticUrl: undefined,
        cache: 0,
        backoffice: [],
        limits: config.access.limits,
        clients: { come: "directly", certificate: undefined },
      }),
    services: () =>
      servicesRole({
        flavor,
        balancers: [],
        release: config.shop.release,
        database: { host: address, port: 0, store: none, password, caCertificate: none },
        shop: { url: none, adminEmail: none, adminPassword: password },
        // An image serves stores of either kind.
        media: { authUrl: none, containerUrl: none, credentialId: none, secret: password },
        mail: { host: none, port: 0, tls: "starttls", from: none, password },
      }),
    database: () =>
      databaseRole({
        flavor,
        address,
        port: 0,
        volumeId: none,
        owner: none,
        resolves: false,
        clients: config.network.app.cidr,
        stores: {},
        readers: {},
        tls: NO_TLS,
      }),
    balancer: () =>
      balancerRole({
        flavor,
        pool: config.balancing.web,
        slots: [],
        isPublic: true,
        connections: 0,
        favoured: [],
        own: { name: none, address },
        peer: { name: none, address },
        priority: 0,
        vip: address,
        password,
        certificate: undefined,
      }),
  } satisfies Record<RoleName, unknown>;
  return renderImageScript(roles[role](), config.boot);
}
