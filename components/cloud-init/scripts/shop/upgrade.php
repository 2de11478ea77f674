<?php
// From one version to the next: close the shop, copy every table, run the release's own upgrade, look whether the new code
// makes a page; else everything is put back. The copies are in the database itself, so they outlive this server.
declare(strict_types=1);

namespace Ecommerce;

require_once __DIR__ . '/look.php';

const COPY = 'before__';
/** Begins the names of tables that are this store's, and no release's. */
const OWN = 'ecommerce_';
/** More steps than any release has. */
const STEPS = 500;

function upgrade(\mysqli $database, int $lockId, string $from, string $to, string $release): void
{
    $began = microtime(true);
    say("upgrading the shop from $from to $to: closed until it is done");
    $address = ownAddress($database);
    updateMark($database, ['upgrading_to' => $to, 'worked_on_from' => $address, 'opened_at' => null]);
    // No page begins any more once every server has looked; those that are still under way are ended.
    sleep(LOOK_LASTS + 1);
    endConnections($database, null, [$lockId]);
    try {
        copyTables($database);
        say(sprintf('copied in %.1f s after closing', microtime(true) - $began));
        runSteps();
        checkPage();
    } catch (\Throwable $error) {
        // One line: it is what `up` shows.
        $reason = substr(trim((string) preg_replace('/\s+/', ' ', $error->getMessage())), 0, 300);
        say("the upgrade to $to failed, putting back: $reason");
        putBack($database);
        updateMark($database, ['failed_version' => $to], ', failed_at = UTC_TIMESTAMP()');
        giveUp(1, "the upgrade to $to failed, and the shop is as it was ($from): $reason");
    }
    updateMark($database, ['release_id' => $release, 'version' => $to, 'upgrading_to' => null, 'worked_on_from' => null, 'failed_version' => null]);
    dropCopies($database);
    say(sprintf('upgraded from %s to %s in %.1f s', $from, $to, microtime(true) - $began));
}

/** @return string[] the shop's own, and whatever else is there but this store's */
function shopTables(\mysqli $database): array
{
    $isShop = static fn (string $table): bool => !str_starts_with($table, COPY) && !str_starts_with($table, OWN);
    return array_values(array_filter(tables($database), $isShop));
}

/** @return ?string[] the tables whose copies are complete; null while there is no complete set */
function copied(\mysqli $database): ?array
{
    if (!in_array(BEFORE, tables($database), true)) {
        return null;
    }
    $names = array_column($database->query('SELECT name FROM ' . BEFORE)->fetch_all(), 0);
    return $names === [] ? null : $names;
}

function copyTables(\mysqli $database): void
{
    dropCopies($database);
    $tables = shopTables($database);
    $counters = $database->query('SELECT TABLE_NAME, AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()');
    $counters = array_column($counters->fetch_all(), 1, 0);
    // As it is, whatever today's server would refuse in it, such as a date of zeros.
    $database->query("SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'");
    foreach ($tables as $table) {
        $copy = COPY . $table;
        $database->query("CREATE TABLE `$copy` LIKE `$table`");
        $database->query("INSERT INTO `$copy` SELECT * FROM `$table`");
        if (isset($counters[$table])) {
            $database->query("ALTER TABLE `$copy` AUTO_INCREMENT = " . (int) $counters[$table]);
        }
    }
    $database->query('CREATE TABLE ' . BEFORE . ' (name VARCHAR(64) NOT NULL PRIMARY KEY)');
    $places = implode(', ', array_fill(0, count($tables), '(?)'));
    $database->execute_query('INSERT INTO ' . BEFORE . " VALUES $places", $tables);
}

/** Can be cut off anywhere, and run again. */
function putBack(\mysqli $database): void
{
    $database->query('SET FOREIGN_KEY_CHECKS = 0');
    $before = copied($database);
    // Without a complete copy nothing has been changed yet.
    if ($before !== null) {
        foreach (array_diff(shopTables($database), $before) as $new) {
            $database->query("DROP TABLE `$new`");
        }
        $there = tables($database);
        foreach ($before as $table) {
            if (in_array(COPY . $table, $there, true)) {
                $database->query("DROP TABLE IF EXISTS `$table`");
                $database->query('RENAME TABLE `' . COPY . "$table` TO `$table`");
            }
        }
    }
    updateMark($database, ['upgrading_to' => null, 'worked_on_from' => null], ', opened_at = UTC_TIMESTAMP()');
    dropCopies($database);
}

function dropCopies(\mysqli $database): void
{
    // The list first: what is left of the copies is no set any more.
    $database->query('DROP TABLE IF EXISTS ' . BEFORE);
    foreach (tables($database) as $table) {
        if (str_starts_with($table, COPY)) {
            $database->query("DROP TABLE `$table`");
        }
    }
}

/** The release's own steps, as a browser at /install/ goes through them: each answer names the next one. */
function runSteps(): void
{
    runToEnd(['php', __DIR__ . '/../configure-shop.php']);
    $query = 'route=upgrade/upgrade_1';
    for ($count = 1; $count <= STEPS; $count++) {
        $answer = runToEnd(command('request.php', 'install/index.php', $query));
        $said = json_decode($answer, true);
        $step = preg_replace('/^.*?route=upgrade\/|&.*$/', '', $query);
        if (!is_array($said) || isset($said['error'])) {
            throw new \RuntimeException("$step: " . trim(strip_tags((string) ($said['error'] ?? $answer))));
        }
        if (!isset($said['next'])) {
            say("the release's upgrade took $count steps");
            return;
        }
        $query = (string) parse_url((string) $said['next'], PHP_URL_QUERY);
    }
    throw new \RuntimeException('its steps come to no end');
}

/** The new code on the new schema, before it is anybody's. */
function checkPage(): void
{
    runToEnd(['php', __DIR__ . '/../configure-shop.php']);
    foreach (['config.php', 'admin/config.php'] as $file) {
        chgrp(SHOP . "/$file", 'www-data');
        chmod(SHOP . "/$file", 0640);
    }
    $asShop = ['setpriv', '--reuid=www-data', '--regid=www-data', '--clear-groups'];
    if (!str_contains(strtolower(runToEnd([...$asShop, ...command('request.php', 'index.php', 'route=common/home')])), '<html')) {
        throw new \RuntimeException('the new release makes no home page of the upgraded data');
    }
}

/** @return string what the command printed @throws \RuntimeException unless it ends with 0 */
function runToEnd(array $command): string
{
    $process = proc_open($command, [0 => ['file', '/dev/null', 'r'], 1 => ['pipe', 'w'], 2 => STDERR], $pipes);
    $output = (string) stream_get_contents($pipes[1]);
    $code = proc_close($process);
    if ($code !== 0) {
        throw new \RuntimeException("$command[0] ended with $code: " . substr(trim($output), -500));
    }
    return $output;
}
