<?php
// Runs the shop's own cron.php and removes old sessions every few minutes, on one server at a time. When it ran is in the database, so that a
// server whose turn it is goes on where the one before it was. A server that loses its turn ends what it has begun.
declare(strict_types=1);

namespace Ecommerce;

require __DIR__ . '/turn.php';
require __DIR__ . '/../shop/look.php';

const EVERY_SECONDS = 300;
const LIMIT_SECONDS = 600;
/** Of what cron.php says, for the log. */
const WORDS = 2000;

/** Seconds until the next run, by the database's clock. */
function secondsLeft(\mysqli $database): int
{
    $age = $database->query("SELECT TIMESTAMPDIFF(SECOND, done_at, UTC_TIMESTAMP()) FROM ecommerce_jobs WHERE job = 'cron'");
    $row = $age->fetch_row();
    return $row === null ? 0 : max(0, EVERY_SECONDS - (int) $row[0]);
}

/** Before it begins: a run that kills its server is not repeated at once by the next one. */
function note(\mysqli $database, string $result): void
{
    $sql = "REPLACE INTO ecommerce_jobs (job, done_at, server, result) VALUES ('cron', UTC_TIMESTAMP(), ?, ?)";
    $database->prepare($sql)->execute([gethostname(), mb_strcut($result, 0, 255)]);
}

/** @return string what became of it @throws \mysqli_sql_exception when the turn is over; the run has been ended then */
function runShopsCron(Turn $turn): string
{
    // What pages have from Apache and some of OpenCart's steps ask for.
    $environment = [
        'PATH' => (string) getenv('PATH'),
        'REMOTE_ADDR' => '127.0.0.1',
        'SERVER_PORT' => '80',
        'SERVER_PROTOCOL' => 'HTTP/1.1',
        'REQUEST_METHOD' => 'GET',
        'REQUEST_URI' => '/',
        'HTTP_HOST' => 'localhost',
    ];
    $output = tmpfile();
    $command = [PHP_BINARY, '-d', 'auto_prepend_file=' . __DIR__ . '/vendor.php', 'cron.php'];
    $child = proc_open($command, [['file', '/dev/null', 'r'], $output, $output], $pipes, SHOP, $environment);
    if ($child === false) {
        return 'cannot be started';
    }
    $end = null;
    try {
        for ($began = time(); ($status = proc_get_status($child))['running']; usleep(200_000)) {
            $turn->keep();
            if (time() - $began > LIMIT_SECONDS) {
                $end = 'took longer than ' . LIMIT_SECONDS . ' s, and was ended';
                break;
            }
        }
    } finally {
        if (proc_get_status($child)['running']) {
            proc_terminate($child, SIGKILL);
        }
        proc_close($child);
    }
    rewind($output);
    $words = trim((string) stream_get_contents($output, WORDS));
    if ($words !== '') {
        say("cron.php says: $words");
    }
    return $end ?? ($status['exitcode'] === 0 ? 'done' : "ended with {$status['exitcode']}");
}

/** OpenCart would do this, and rebuild the whole table, after every fifth page: see configure-shop.php. */
function forgetSessions(\mysqli $database): void
{
    require_once SHOP . '/config.php';
    $table = DB_PREFIX . 'session';
    if ($database->query("SHOW TABLES LIKE '$table'")->num_rows === 0) {
        return;
    }
    do {
        $database->query("DELETE FROM `$table` WHERE expire < UTC_TIMESTAMP() LIMIT 1000");
    } while ($database->affected_rows === 1000);
}

$turn = new Turn('cron');
while (($database = $turn->take()) !== null) {
    try {
        while (!$turn->isEnding()) {
            $left = secondsLeft($database);
            // While the schema is changed, or when it is newer than this server's code, nothing but the upgrade works on it.
            if ($left > 0 || look($database)['closed']) {
                $turn->pause(max(1, min($left, 5)));
                continue;
            }
            note($database, 'runs');
            forgetSessions($database);
            $result = runShopsCron($turn);
            note($database, $result);
            if ($result !== 'done') {
                say("cron.php $result");
            }
        }
    } catch (\mysqli_sql_exception $error) {
        say('the turn is over: ' . $error->getMessage());
    }
}
