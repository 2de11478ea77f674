<?php
// Ends with 0 when there is nothing to wait for any more: the schema has our mark, or is empty.
declare(strict_types=1);

namespace Ecommerce;

require __DIR__ . '/common.php';
require __DIR__ . '/mark.php';

try {
    $database = connect();
    exit(tables($database) === [] || isset(readMark($database)['version']) ? 0 : 1);
} catch (\mysqli_sql_exception) {
    exit(1);
}
