<?php
// Comes before every page of the shop: while the schema is changed, or is newer than this server's code, shoppers see a sign.
declare(strict_types=1);

namespace Ecommerce;

require __DIR__ . '/route.php';
require __DIR__ . '/../jobs/closed.php';

/** @return bool from the last look of any page, or from a new one; true when none has succeeded for too long */
function isClosed(): bool
{
    require_once __DIR__ . '/look.php';
    $file = fopen('/var/lib/ecommerce/php-tmp/look', 'c+');
    [$age, $sinceTry, $closed] = lastLook($file);
    // One page looks at a time; the others go by what is known, unless that is too old.
    if ($sinceTry < LOOK_EVERY || !flock($file, $age < LOOK_LASTS ? LOCK_EX | LOCK_NB : LOCK_EX)) {
        return $closed;
    }
    [$age, $sinceTry, $closed] = lastLook($file);
    if ($sinceTry >= LOOK_EVERY) {
        try {
            ['closed' => $closed, 'leave' => $leave] = look(connect(LOOK_ANSWERS));
            $age = 0;
            if ($leave) {
                // ecommerce-left.path stops Apache: a balancer of connections knows no other way to take a server out.
                touch('/var/lib/ecommerce/php-tmp/left');
            }
        } catch (\Throwable $error) {
            error_log('closed sign: ' . $error->getMessage());
        }
        rewind($file);
        fwrite($file, pack('EEc', microtime(true) - $age, microtime(true), (int) $closed));
    }
    flock($file, LOCK_UN);
    return $closed;
}

/** @param resource $file @return array{float, float, bool} seconds since a look and since an attempt at one; what holds */
function lastLook($file): array
{
    rewind($file);
    $text = (string) fread($file, 17);
    if (strlen($text) !== 17) {
        return [INF, INF, true];
    }
    ['at' => $at, 'tried' => $tried, 'closed' => $closed] = unpack('Eat/Etried/cclosed', $text);
    $age = microtime(true) - $at;
    $since = microtime(true) - $tried;
    return [$age, $since < 0 ? INF : $since, $closed || $age >= LOOK_LASTS || $age < 0];
}

// Our own scripts, such as the health check, answer in any case.
if (!str_starts_with($_SERVER['SCRIPT_FILENAME'] ?? '', dirname(__DIR__) . '/')) {
    if (isClosed()) {
        http_response_code(503);
        header('Content-Type: text/html; charset=utf-8');
        header('Cache-Control: no-store');
        header('Retry-After: 15');
        readfile(__DIR__ . '/closed.html');
        exit;
    }
    // PHP opens a persistent connection whose server is gone anew, with the CA file of its first opening. OpenCart's is a
    // temporary one, deleted long before, and the page would fail. So it is opened, or found alive, here: with the file that stays.
    try {
        connect(null, 'p:')->close();
    } catch (\Throwable) {
        // The shop says so itself.
    }
}

require __DIR__ . '/backups.php';

if (is_file('/etc/ecommerce/media.json')) {
    require __DIR__ . '/../media/await.php';
}
