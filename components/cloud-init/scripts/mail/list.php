<?php
// php list.php: what is queued and parked, and why. php list.php retry ID|all: tries parked messages again.
// php list.php drop ID: forgets one.
declare(strict_types=1);

namespace Ecommerce;

require __DIR__ . '/../database.php';

$database = connect();
[, $action, $which] = $argv + [1 => '', 2 => ''];
$sql = match (true) {
    $action === '' => null,
    $action === 'retry' && $which === 'all' =>
        'UPDATE ecommerce_mail SET parked_at = NULL, attempts = 0, due_at = UTC_TIMESTAMP() WHERE parked_at IS NOT NULL',
    $action === 'retry' && ctype_digit($which) =>
        "UPDATE ecommerce_mail SET parked_at = NULL, attempts = 0, due_at = UTC_TIMESTAMP() WHERE mail_id = $which AND parked_at IS NOT NULL",
    $action === 'drop' && ctype_digit($which) => "DELETE FROM ecommerce_mail WHERE mail_id = $which",
    default => exit("usage: php list.php [retry ID|all] [drop ID]\n"),
};
if ($sql !== null) {
    $database->query($sql);
    exit("messages changed: $database->affected_rows\n");
}
$rows = $database->query('SELECT mail_id, IF(parked_at IS NULL, "queued", "parked") AS state, recipient, attempts, queued_at,
    due_at, problem FROM ecommerce_mail ORDER BY mail_id');
foreach ($rows as $row) {
    echo implode("\t", $row), "\n";
}
