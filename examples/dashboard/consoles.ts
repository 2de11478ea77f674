/** Dashboards as code: Prometheus console templates, which its own server renders; no script runs in the browser. */

interface Panel {
  readonly title: string;
  readonly query: string;
  /** Label that names a row; none: the query has one value. */
  readonly by?: string;
  readonly unit: "up" | "seconds" | "bytes" | "percent" | "per second" | "count";
}

const UNITS: Readonly<Record<Panel["unit"], string>> = {
  up: "{{ if eq (. | value) 1.0 }}up{{ else }}<strong>DOWN</strong>{{ end }}",
  seconds: "{{ . | value | humanizeDuration }}",
  bytes: "{{ . | value | humanize1024 }}B",
  percent: '{{ . | value | printf "%.1f" }} %',
  "per second": '{{ . | value | printf "%.2f" }} /s',
  count: '{{ . | value | printf "%.0f" }}',
};

const tierPanels = (job: "web" | "app"): Panel[] => [
  { title: "Servers", query: `count(probe_success{job="${job}"})`, unit: "count" },
  { title: "Health", query: `sort(probe_success{job="${job}"})`, by: "server", unit: "up" },
  {
    title: "Answered in the last hour",
    query: `100 * avg_over_time(probe_success{job="${job}"}[1h])`,
    by: "server",
    unit: "percent",
  },
  { title: "Answer time", query: `probe_duration_seconds{job="${job}"}`, by: "server", unit: "seconds" },
];

export const HOURS = 24;
const ordersBefore = (hours: number) => `shop_orders_last_hour${hours === 0 ? "" : ` offset ${hours}h`}`;

/** Page by page; a panel is a table of the query's values. */
export const DASHBOARDS: Readonly<Record<string, { readonly title: string; readonly panels: readonly Panel[] }>> = {
  web: {
    title: "Web",
    panels: [
      { title: "Storefront", query: 'probe_success{job="storefront"}', unit: "up" },
      { title: "Storefront's answer time", query: 'probe_duration_seconds{job="storefront"}', unit: "seconds" },
      ...tierPanels("web"),
    ],
  },
  app: { title: "App", panels: tierPanels("app") },
  database: {
    title: "Database",
    panels: [
      { title: "Server", query: "mysql_up", unit: "up" },
      { title: "Runs since", query: "mysql_global_status_uptime", unit: "seconds" },
      { title: "Queries", query: "rate(mysql_global_status_queries[5m])", unit: "per second" },
      { title: "Connections", query: "mysql_global_status_threads_connected", unit: "count" },
      {
        title: "Connections, of the most that it takes",
        query: "100 * mysql_global_status_threads_connected / mysql_global_variables_max_connections",
        unit: "percent",
      },
      { title: "Slow queries", query: "rate(mysql_global_status_slow_queries[5m])", unit: "per second" },
      {
        title: "Reads answered from memory",
        query:
          "100 * (1 - rate(mysql_global_status_innodb_buffer_pool_reads[5m]) / rate(mysql_global_status_innodb_buffer_pool_read_requests[5m]))",
        unit: "percent",
      },
      { title: "Buffer pool", query: "mysql_global_variables_innodb_buffer_pool_size", unit: "bytes" },
    ],
  },
  orders: {
    title: "Orders per hour",
    panels: [
      { title: "Now", query: ordersBefore(0), by: "store", unit: "count" },
      { title: "Sales of the last hour", query: "shop_sales_last_hour", by: "store", unit: "count" },
      ...Array.from({ length: HOURS - 1 }, (_, index): Panel => {
        const hours = index + 1;
        return { title: `${hours} h ago`, query: ordersBefore(hours), by: "store", unit: "count" };
      }),
    ],
  },
};

const STYLE =
  "body{font:15px/1.4 sans-serif;margin:2em auto;max-width:60em}nav a{margin-right:1em}" +
  "table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #ccc;padding:.3em;text-align:left}" +
  "td:last-child{text-align:right}strong{color:#b00}";

/** In a Go template's double-quoted text. */
const quoted = (query: string) => query.replaceAll("\\", "\\\\").replaceAll('"', '\\"');

function rows({ title, query, by, unit }: Panel): string {
  const name = by ? `<td>{{ .Labels.${by} }}</td>` : "<td></td>";
  return `{{ range query "${quoted(query)}" }}<tr><th>${title}</th>${name}<td>${UNITS[unit]}</td></tr>
{{ else }}<tr><th>${title}</th><td></td><td>no value yet</td></tr>
{{ end }}`;
}

/** @returns the pages by file name */
export function consoles(store: string): Record<string, string> {
  const links = Object.entries(DASHBOARDS).map(([name, { title }]) => `<a href="${name}.html">${title}</a>`);
  const pages = Object.entries(DASHBOARDS).map(([name, { title, panels }]) => {
    const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta http-equiv="refresh" content="60">
<title>${title} – ${store}</title><style>${STYLE}</style>
<nav>${links.join("")}</nav>
<h1>${title} <small>${store}</small></h1>
<table>
${panels.map(rows).join("\n")}
</table>
</html>
`;
    return [`${name}.html`, page] as const;
  });
  return Object.fromEntries(pages);
}
