<?php
// What stands in the schema about itself: whose it is, of which version, and what is being done to it.
//   ecommerce_installing  a first installation has begun: everything in the schema is its own, and may be cleaned away
//   ecommerce_release     the shop is installed; one row
//   ecommerce_before      the tables of which there is a complete copy, while an upgrade changes the schema
declare(strict_types=1);

namespace Ecommerce;

const INSTALLING = 'ecommerce_installing';
const RELEASE = 'ecommerce_release';
const BEFORE = 'ecommerce_before';
/** Columns that the first stores' marks did not have. */
const LATER_COLUMNS = [
    'version' => 'VARCHAR(32) NULL',
    'upgrading_to' => 'VARCHAR(32) NULL',
    'worked_on_from' => 'VARCHAR(64) NULL',
    'failed_version' => 'VARCHAR(32) NULL',
    'failed_at' => 'DATETIME NULL',
    'opened_at' => 'DATETIME NULL',
];

/** @return string[] */
function tables(\mysqli $database): array
{
    return array_column($database->query("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")->fetch_all(), 0);
}

/** @return array<string, ?string>|null */
function readMark(\mysqli $database): ?array
{
    if (!in_array(RELEASE, tables($database), true)) {
        return null;
    }
    $row = $database->query('SELECT * FROM ' . RELEASE . ' LIMIT 1')->fetch_assoc();
    return $row === null ? null : $row + array_fill_keys(array_keys(LATER_COLUMNS), null);
}

/** Gives the mark of an older store the columns that it lacks. */
function completeMark(\mysqli $database): void
{
    $known = array_column($database->query('SHOW COLUMNS FROM ' . RELEASE)->fetch_all(), 0);
    foreach (array_diff_key(LATER_COLUMNS, array_flip($known)) as $name => $type) {
        $database->query('ALTER TABLE ' . RELEASE . " ADD COLUMN $name $type");
    }
}

function markInstalling(\mysqli $database): void
{
    $database->query('CREATE TABLE IF NOT EXISTS ' . INSTALLING . ' (worked_on_from VARCHAR(64) NOT NULL, since DATETIME NOT NULL)');
    $database->query('DELETE FROM ' . INSTALLING);
    $database->execute_query('INSERT INTO ' . INSTALLING . ' VALUES (?, UTC_TIMESTAMP())', [ownAddress($database)]);
}

function markInstalled(\mysqli $database, string $release, ?string $version): void
{
    $database->query('DROP TABLE IF EXISTS ' . RELEASE);
    $columns = '';
    foreach (LATER_COLUMNS as $name => $type) {
        $columns .= ", $name $type";
    }
    $database->query('CREATE TABLE ' . RELEASE . " (release_id VARCHAR(64) NOT NULL, installed_at DATETIME NOT NULL$columns)");
    $sql = 'INSERT INTO ' . RELEASE . ' (release_id, installed_at, version) VALUES (?, UTC_TIMESTAMP(), ?)';
    $database->execute_query($sql, [$release, $version]);
    $database->query('DROP TABLE IF EXISTS ' . INSTALLING);
}

/** @param array<string, ?string> $values by column */
function updateMark(\mysqli $database, array $values, string $also = ''): void
{
    $set = implode(', ', array_map(static fn (string $name): string => "$name = ?", array_keys($values)));
    $database->execute_query('UPDATE ' . RELEASE . " SET $set$also", array_values($values));
}

/** Empties the schema but for the mark that allows it. */
function clean(\mysqli $database): void
{
    $database->query('SET FOREIGN_KEY_CHECKS = 0');
    foreach (array_diff(tables($database), [INSTALLING]) as $table) {
        $database->query("DROP TABLE `$table`");
    }
    $database->query('SET FOREIGN_KEY_CHECKS = 1');
}

/** This connection's address, as the database server sees it. */
function ownAddress(\mysqli $database): string
{
    foreach (connections($database) as $one) {
        if ((int) $one['Id'] === $database->thread_id) {
            return addressOf($one);
        }
    }
    return '';
}

/** @return array<int, array<string, ?string>> those of the store's own user */
function connections(\mysqli $database): array
{
    return $database->query('SHOW PROCESSLIST')->fetch_all(MYSQLI_ASSOC);
}

/** @param array<string, ?string> $connection */
function addressOf(array $connection): string
{
    return (string) preg_replace('/:\d+$/', '', (string) $connection['Host']);
}

/**
 * Ends connections of the store's own user, so that what they are in the middle of goes no further.
 * @param ?string $address only those that come from there
 * @param int[] $but ids that stay
 */
function endConnections(\mysqli $database, ?string $address, array $but): void
{
    foreach (connections($database) as $one) {
        $id = (int) $one['Id'];
        if ($id === $database->thread_id || in_array($id, $but, true) || ($address !== null && addressOf($one) !== $address)) {
            continue;
        }
        try {
            $database->query("KILL $id");
        } catch (\mysqli_sql_exception) {
            // It has ended by itself.
        }
    }
}
