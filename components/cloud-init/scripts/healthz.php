<?php
// What the balancer asks. It has workers of its own, and says of the shop's: ok, busy, no database (200: the server stays in
// the pool), or dead (503: it leaves).
//
// A busy server stays, for taking it out leaves its load to the others, until none is there. So does one without a database:
// they all have the same one, so that leaving would only turn the shop's outage into an empty pool, and scaling by Heat with
// `heal` would delete every server for it. Only when the database names this very host as blocked, or a newer release has
// taken over, must this server go.
declare(strict_types=1);

namespace Ecommerce\Health;

require __DIR__ . '/database.php';
require __DIR__ . '/shop/look.php';
foreach (['fpm', 'pool', 'store'] as $part) {
    require __DIR__ . "/health/$part.php";
}

$before = known('pool');
$pool = lookAtPool($before);
// As of a moment ago, so that a database that keeps silent does not make this server look dead.
$database = known('database');
if (($database['at'] ?? 0) < time() - OLD) {
    $database = lookAtDatabase();
}
$state = match (true) {
    $pool['state'] === 'dead', in_array($database['state'], ['blocked', 'left'], true) => 'dead',
    $database['state'] !== 'ok' => 'no database',
    default => $pool['state'],
};
http_response_code($state === 'dead' ? 503 : 200);
header('Content-Type: text/plain');
header('Cache-Control: no-store');
echo "$state\n";
// The reason goes to the log, once, never to the one who asks.
if ($state !== ($before['said'] ?? 'ok')) {
    $reason = implode('; ', array_filter([$pool['reason'], $database['reason']]));
    error_log("healthz: $state" . ($reason === '' ? '' : " ($reason)"));
}
remember('pool', ['said' => $state] + $pool);
fastcgi_finish_request();
if ($database['at'] < time() - FRESH && isOurTurn()) {
    lookAtDatabase();
}
