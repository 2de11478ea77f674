<?php
// Run when this server serves: with the newest release it says so to those that still have the one before.
declare(strict_types=1);

namespace Ecommerce;

require __DIR__ . '/common.php';
require __DIR__ . '/mark.php';

$database = connect();
$database->execute_query('UPDATE ' . RELEASE . ' SET opened_at = UTC_TIMESTAMP() WHERE version = ? AND opened_at IS NULL', [ownVersion()]);
