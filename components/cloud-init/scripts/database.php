<?php
// The connection that installer and health check share: TLS, and the server's certificate verified against our CA.
declare(strict_types=1);

namespace Ecommerce;

/**
 * @param ?int $patience seconds for an answer; null: as long as PHP's configuration says
 * @param string $kind `p:` for a persistent one
 * @throws \mysqli_sql_exception when the server does not answer in 2 seconds, or is not ours
 */
function connect(?int $patience = null, string $kind = ''): \mysqli
{
    $text = file_get_contents('/etc/ecommerce/database.json');
    $settings = json_decode((string) $text, true, 8, JSON_THROW_ON_ERROR);
    mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
    $connection = mysqli_init();
    $connection->options(MYSQLI_OPT_CONNECT_TIMEOUT, 2);
    if ($patience !== null) {
        $connection->options(MYSQLI_OPT_READ_TIMEOUT, $patience);
    }
    $connection->ssl_set(null, null, '/etc/ecommerce/tls/ca.crt', null, null);
    $connection->real_connect(
        $kind . $settings['host'],
        $settings['user'],
        $settings['password'],
        $settings['database'],
        $settings['port'],
        null,
        MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT
    );
    return $connection;
}
