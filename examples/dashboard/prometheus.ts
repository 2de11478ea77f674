/** What Prometheus scrapes, as data. Every exporter is on the operations server itself. */

export const PORTS = { prometheus: 9090, node: 9100, mysqld: 9104, blackbox: 9115 } as const;

export interface PrometheusArgs {
  /** `<project>-<stack>` of the store, which its servers' names begin with. */
  readonly store: string;
  readonly storefrontUrl: string;
  /** Nova is asked for the web and app servers, so that those of elastic groups are there as well. */
  readonly cloud: {
    /** Keystone's address with its version, e.g. `https://cloud.example.com:5000/v3`. */
    readonly identityEndpoint: string;
    readonly region: string;
    readonly credentialId: string;
    readonly credentialSecret: string;
  };
}

const local = (port: number) => `127.0.0.1:${port}`;
const fixed = (name: string, port: number) => ({ job_name: name, static_configs: [{ targets: [local(port)] }] });

/** Asks the blackbox exporter to ask the target. */
const throughBlackbox = [
  { source_labels: ["__param_target"], target_label: "instance" },
  { target_label: "__address__", replacement: local(PORTS.blackbox) },
];

export function prometheusConfig({ store, storefrontUrl, cloud }: PrometheusArgs) {
  const probe = (name: string, target: string) => ({
    job_name: name,
    metrics_path: "/probe",
    params: { module: ["http"], target: [target] },
    static_configs: [{ targets: [target] }],
    relabel_configs: throughBlackbox,
  });
  const tier = (name: "web" | "app") => ({
    job_name: name,
    metrics_path: "/probe",
    params: { module: ["http"] },
    openstack_sd_configs: [
      {
        role: "instance",
        identity_endpoint: cloud.identityEndpoint,
        region: cloud.region,
        application_credential_id: cloud.credentialId,
        application_credential_secret: cloud.credentialSecret,
        refresh_interval: "60s",
      },
    ],
    relabel_configs: [
      { source_labels: ["__meta_openstack_instance_name"], regex: `${store}-${name}-.+`, action: "keep" },
      {
        source_labels: ["__meta_openstack_private_ip"],
        target_label: "__param_target",
        replacement: "http://$1/healthz",
      },
      { source_labels: ["__meta_openstack_instance_name"], target_label: "server" },
      ...throughBlackbox,
    ],
  });
  return {
    global: { scrape_interval: "30s", evaluation_interval: "30s" },
    scrape_configs: [
      fixed("prometheus", PORTS.prometheus),
      fixed("operations", PORTS.node),
      fixed("database", PORTS.mysqld),
      probe("storefront", storefrontUrl),
      tier("web"),
      tier("app"),
    ],
  };
}

/** The blackbox exporter's one module. Certificates of the storefront are checked, redirects are followed. */
export const blackboxConfig = {
  modules: { http: { prober: "http", timeout: "5s", http: { preferred_ip_protocol: "ip4", method: "GET" } } },
};
