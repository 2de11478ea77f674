/** Sound configurations to start from. */
import type { Cloud } from "../../components/cloud/discover";
import { NOTHING_EXISTS } from "../../components/cloud/existing-store";

/** The least that a stack file must say. */
export const SMALLEST = {
  cloud: { externalNetwork: "public" },
  web: { image: "debian-12", flavor: "m1.small" },
  app: { image: "debian-12", flavor: "m1.small" },
  database: { image: "debian-12", flavor: "m1.small", volume: { size: 10 } },
  boot: { mode: "image", handover: 0 },
};

/** A stack's configuration with one web and one app server: as much store as most tests need. */
export const ONE_EACH = {
  "ecommerce:web": { ...SMALLEST.web, count: 1 },
  "ecommerce:app": { ...SMALLEST.app, count: 1 },
};

const machine = { imageId: "image-id", flavor: { name: "m1.small", vcpus: 1, ram: 2048, disk: 20 } };

/** What `discover` says of a cloud that has it all. */
export const CLOUD: Cloud = {
  externalNetwork: { id: "external-id", name: "public" },
  floatingSubnetId: undefined,
  routerId: undefined,
  machines: { web: machine, app: machine, database: machine, "database.backups": machine },
  tlsContainerRef: undefined,
  certificate: undefined,
  adoptedSubnets: {},
  storage: undefined,
  existing: NOTHING_EXISTS,
};

/** Of a cloud that has Swift, where the store wants something of it. */
export const STORAGE: NonNullable<Cloud["storage"]> = {
  authUrl: "https://keystone.example.com:5000/v3",
  storageUrl: "https://swift.example.com/v1/AUTH_p",
  projectId: "p",
  userId: "u",
};
