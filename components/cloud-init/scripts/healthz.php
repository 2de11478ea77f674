<?php
// What the balancer asks: PHP runs, the database answers, and no newer release has taken over.
declare(strict_types=1);

require __DIR__ . '/shop/look.php';

header('Content-Type: text/plain');
header('Cache-Control: no-store');
try {
    // A look at the mark is a query as well.
    if (\Ecommerce\look(\Ecommerce\connect())['leave']) {
        throw new \RuntimeException('servers with a newer release have taken over');
    }
    echo "ok\n";
} catch (\Throwable $error) {
    http_response_code(503);
    // The reason goes to the log, never to the one who asks.
    error_log('healthz: ' . $error->getMessage());
    echo "unavailable\n";
}
