/** The roles of the examples, as they would be on a small store. */
import { certificates } from "../../components/database/certificates";
import { bastionRole } from "../../examples/bastion/role";
import { operationsRole } from "../../examples/dashboard/role";
import { DATABASE, PASSWORDS } from "./role-args";

export const APP_LEG = { macAddress: "fa:16:3e:00:00:41", address: "10.20.1.41", cidr: "10.20.1.0/24", mtu: 1442 };
export const DATABASE_ROUTE = { destination: "10.20.2.0/24", nextHop: "10.20.1.2" };
export const CONSUMER_SECRETS = {
  reader: PASSWORDS.reader,
  key: "Key_of_the_container",
  credential: "Credential_secret",
};

export const bastion = () => bastionRole({ appLeg: APP_LEG, databaseRoute: DATABASE_ROUTE });

/** @param storefrontUrl where the storefront answers */
export async function operations(storefrontUrl = "http://203.0.113.17/") {
  const tls = await certificates("a seed of at least thirty-two bytes, for tests", "ecommerce-test", DATABASE.host);
  return operationsRole({
    store: "ecommerce-test",
    storefrontUrl,
    cloud: {
      identityEndpoint: "http://203.0.113.1:5000/v3",
      region: "RegionOne",
      credentialId: "an id",
      credentialSecret: CONSUMER_SECRETS.credential,
    },
    database: {
      ...DATABASE,
      stores: ["opencart"],
      reader: "reports",
      password: CONSUMER_SECRETS.reader,
      caCertificate: tls.caCertificate,
    },
    tablePrefix: "oc_",
    reports: { url: "http://203.0.113.1:8080/v1/AUTH_test/reports", key: CONSUMER_SECRETS.key },
  });
}
