<?php
// Makes the schema what this server's release needs, once for all servers: this process waits for the lock and keeps it,
// decide.php does the work. Ends with 0, TRY_AGAIN, ASK_A_PERSON, or 1 when it failed.
declare(strict_types=1);

namespace Ecommerce;

require __DIR__ . '/common.php';
require __DIR__ . '/lock.php';

/** Seconds for which others may work, or the database server may be on its way, before it is said. */
const PATIENCE = 1800;

$began = gmdate('Y-m-d H:i:s');
try {
    $lock = Lock::wait('ecommerce.install.' . settings('database')['database'], PATIENCE);
} catch (\mysqli_sql_exception $error) {
    giveUp(TRY_AGAIN, 'the database does not answer: ' . $error->getMessage());
}
if ($lock === null) {
    giveUp(TRY_AGAIN, 'another server has been at work for ' . PATIENCE . ' s; still waiting');
}
exit($lock->run(command('decide.php', (string) $lock->connectionId(), $began)));
