<?php
// Comes before every page of the shop: while the schema is changed, or is newer than this server's code, shoppers see a sign.
declare(strict_types=1);

namespace Ecommerce;

/** @return bool from the last look of any page, or from a new one */
function isClosed(): bool
{
    require_once __DIR__ . '/look.php';
    $file = fopen('/var/lib/ecommerce/php-tmp/look', 'c+');
    [$age, $closed] = lastLook($file);
    // One page looks at a time; the others go by what is known, unless that is too old.
    if ($age < LOOK_EVERY || !flock($file, $age < LOOK_LASTS ? LOCK_EX | LOCK_NB : LOCK_EX)) {
        return $closed;
    }
    [$age, $closed] = lastLook($file);
    if ($age < LOOK_EVERY) {
        return $closed;
    }
    try {
        $closed = look(connect(2))['closed'];
        rewind($file);
        fwrite($file, pack('Ec', microtime(true), (int) $closed));
        fflush($file);
    } catch (\Throwable $error) {
        error_log('closed sign: ' . $error->getMessage());
        return $age < LOOK_LASTS ? $closed : true;
    } finally {
        flock($file, LOCK_UN);
    }
    return $closed;
}

/** @param resource $file @return array{float, bool} age in seconds, and what was seen */
function lastLook($file): array
{
    rewind($file);
    $text = (string) fread($file, 9);
    if (strlen($text) !== 9) {
        return [INF, true];
    }
    ['at' => $at, 'closed' => $closed] = unpack('Eat/cclosed', $text);
    $age = microtime(true) - $at;
    return [$age < 0 ? INF : $age, (bool) $closed];
}

// Our own scripts, such as the health check, answer in any case.
if (!str_starts_with($_SERVER['SCRIPT_FILENAME'] ?? '', dirname(__DIR__) . '/') && isClosed()) {
    http_response_code(503);
    header('Content-Type: text/html; charset=utf-8');
    header('Cache-Control: no-store');
    header('Retry-After: 15');
    readfile(__DIR__ . '/closed.html');
    exit;
}
