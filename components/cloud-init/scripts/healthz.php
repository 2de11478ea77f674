<?php
// What the balancer asks: PHP runs, and the database answers.
declare(strict_types=1);

require __DIR__ . '/database.php';

header('Content-Type: text/plain');
header('Cache-Control: no-store');
try {
    \Ecommerce\connect()->query('SELECT 1');
    echo "ok\n";
} catch (\Throwable $error) {
    http_response_code(503);
    // The reason goes to the log, never to the one who asks.
    error_log('healthz: ' . $error->getMessage());
    echo "unavailable\n";
}
