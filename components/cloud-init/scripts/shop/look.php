<?php
// Whether this server's code may work on the schema, looked up in the mark now and then.
declare(strict_types=1);

namespace Ecommerce;

require_once __DIR__ . '/common.php';

/** Seconds between two looks. */
const LOOK_EVERY = 2;
/** Seconds for which a look holds when the next one fails. */
const LOOK_LASTS = 20;
/** Seconds for which a look waits for each answer. */
const LOOK_ANSWERS = 5;
/** Seconds after the new release's opening for which a server with the old one still says that it is closed. */
const LINGERS = 30;

/**
 * @return array{closed: bool, leave: bool} closed: an upgrade is under way, or has been, and this code is of the version before;
 *   leave: servers with the new release have taken over
 * @throws \mysqli_sql_exception when the database does not answer
 */
function look(\mysqli $database): array
{
    $open = ['closed' => false, 'leave' => false];
    try {
        $mark = $database->query('SELECT *, opened_at < UTC_TIMESTAMP() - INTERVAL ' . LINGERS . ' SECOND AS taken_over FROM ecommerce_release LIMIT 1')->fetch_assoc();
    } catch (\mysqli_sql_exception $error) {
        // No such table or column: before the first installation, or an older store's.
        if (in_array($error->getCode(), [1146, 1054], true)) {
            return $open;
        }
        throw $error;
    }
    $version = $mark['version'] ?? null;
    $isLeft = $version !== null && $version !== ownVersion();
    return ['closed' => ($mark['upgrading_to'] ?? null) !== null || $isLeft, 'leave' => $isLeft && (bool) $mark['taken_over']];
}
