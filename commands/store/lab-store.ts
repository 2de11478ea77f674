/** What a store on the lab of profile full has beside its stack file: what boots, and what carries traffic, there. */
import { validate } from "../../components/config/validate";
import { PROJECT, readStackFile } from "../stack/stack-file";
import { imageName, offerGolden } from "./golden";
import { publishRelease } from "./release";

type Sections = Readonly<Record<string, unknown>>;

/**
 * Publishes the release, bakes the images and offers them.
 * @param env of the lab
 * @param changes of the stack file's sections, by their names
 * @returns the config keys to set, e.g. `ecommerce:web`
 */
export async function labStore(
  env: Readonly<Record<string, string>>,
  stack: string,
  changes: Sections = {},
): Promise<Record<string, unknown>> {
  const { LAB_IMAGES: images, LAB_WWW_URL: edge } = env;
  if (!images || !edge) throw new Error("only a lab of profile full has images that boot");
  const file = await readStackFile(stack);
  const of = (name: string): Sections => ({ ...section(file.sections[name]), ...section(changes[name]) });
  const balancing = of("balancing");
  const database = of("database");
  const onServers = balancing.driver === "haproxy";
  const [databaseRole, keeperRole] =
    database.mode === "pair" ? (["pair", "arbiter"] as const) : (["database", "keeper"] as const);
  const sections = {
    ...changes,
    web: { ...of("web"), image: imageName("web") },
    app: { ...of("app"), image: imageName("services") },
    // OVN's balancers allow no second way out, so nothing is installed at boot.
    database: {
      ...database,
      image: imageName(databaseRole),
      egress: false,
      backups: { flavor: database.flavor, ...section(database.backups), image: imageName(keeperRole) },
    },
    balancing: onServers
      ? {
          ...balancing,
          servers: { flavor: of("web").flavor, ...section(balancing.servers), image: imageName("balancer") },
        }
      : { provider: "ovn", ...balancing },
    boot: { mode: "image", wait: 600, handover: 600, maintenance: "02:00-04:00", ...section(changes.boot) },
    // Its Neutron is OVN, which does not tell what it hands out.
    cloud: { dnsServers: [new URL(edge).hostname], ...of("cloud") },
    // The lab's APIs are where its mirror is.
    access: { ...of("access"), services: [`${new URL(edge).hostname}/32`] },
    shop: { release: await publishRelease(env), media: { driver: "swift" }, ...section(changes.shop) },
  };
  const roles = ["web", "services", databaseRole, keeperRole, ...(onServers ? ["balancer"] : [])];
  await offerGolden(images, roles, validate(PROJECT, { ...file.sections, ...sections }));
  return Object.fromEntries(Object.entries(sections).map(([name, value]) => [`${PROJECT}:${name}`, value]));
}

function section(value: unknown): Sections {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
