/** The web role: Apache as reverse proxy in front of the app balancer. */
import type { Flavor } from "../../cloud/discover";
import type { Role } from "../role";
import { apacheConf } from "./apache";

export interface WebRoleArgs {
  readonly flavor: Flavor;
  /** CIDR of the web subnet, where the balancer's own addresses lie. */
  readonly webCidr: string;
  /** Address of the app balancer. */
  readonly appVip: string;
  /** The balancer speaks HTTPS: plain HTTP is sent there, and browsers are told to stay. */
  readonly https: boolean;
}

const STATIC = String.raw`\.(?:css|js|mjs|map|png|jpe?g|gif|webp|avif|svg|ico|woff2?)$`;

/** The balancer's own checks carry no such header, and are answered as they are. */
const REDIRECT = String.raw`  RewriteEngine On
  RewriteCond %{HTTP:X-Forwarded-Proto} =http
  RewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L,NE]
  Header always setifempty Strict-Transport-Security "max-age=31536000" "expr=%{HTTP:X-Forwarded-Proto} == 'https'"

`;

export function webRole({ flavor, webCidr, appVip, https }: WebRoleArgs): Role {
  const site = `# The shop, from the app balancer. Only the web balancer reaches this port.
<VirtualHost *:80>
  DocumentRoot /var/www/health
  ErrorLog \${APACHE_LOG_DIR}/error.log
  CustomLog \${APACHE_LOG_DIR}/access.log shop

  # Answered here, so that a tired app tier does not take the web servers out as well.
  Alias /healthz /var/www/health/healthz.txt
  <Directory /var/www/health>
    Require all granted
    AllowOverride None
    Options None
  </Directory>
  <Location /healthz>
    Header always set Cache-Control "no-store"
  </Location>

${https ? REDIRECT : ""}  ProxyRequests Off
  ProxyPreserveHost On
  ProxyAddHeaders On
  ProxyPass /healthz !
  # Connections are given up before the balancer behind them does (50 s).
  ProxyPass / http://${appVip}:80/ connectiontimeout=2 timeout=30 keepalive=On ttl=40 retry=0 acquire=3000
  ProxyPassReverse / http://${appVip}:80/

  <LocationMatch "${STATIC}">
    Header setifempty Cache-Control "public, max-age=604800"
  </LocationMatch>
  <IfModule mod_deflate.c>
    AddOutputFilterByType DEFLATE text/html text/css text/plain text/xml application/javascript text/javascript application/json image/svg+xml
  </IfModule>
  Header always setifempty X-Content-Type-Options "nosniff"
  Header always setifempty X-Frame-Options "SAMEORIGIN"
  Header always setifempty Referrer-Policy "strict-origin-when-cross-origin"
  Header always setifempty Permissions-Policy "camera=(), microphone=(), geolocation=()"
  Header always unset X-Powered-By
  Header unset X-Powered-By
</VirtualHost>

# For operators on the server itself.
Listen 127.0.0.1:8081
<VirtualHost 127.0.0.1:8081>
  <Location /server-status>
    SetHandler server-status
    Require local
  </Location>
</VirtualHost>
ExtendedStatus On
`;
  return {
    name: "web",
    imageFiles: [{ path: "/var/www/health/healthz.txt", content: "ok\n" }],
    bootFiles: [
      { path: "/etc/apache2/conf-available/zz-ecommerce.conf", content: apacheConf(flavor, [webCidr]) },
      { path: "/etc/apache2/sites-available/ecommerce.conf", content: site },
    ],
    imageSettings: {},
    settings: {},
    sysctl: {
      "net.core.somaxconn": 4096,
      "net.ipv4.ip_local_port_range": "10240 65535",
      "net.ipv4.tcp_tw_reuse": 1,
      "net.ipv4.tcp_fin_timeout": 15,
    },
  };
}
