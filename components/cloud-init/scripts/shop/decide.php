<?php
// decide.php ID TIME: looks at the schema, and installs, upgrades or leaves it. The lock is held by connection ID since this
// server began to wait at TIME (UTC).
declare(strict_types=1);

namespace Ecommerce;

require __DIR__ . '/common.php';
require __DIR__ . '/mark.php';
require __DIR__ . '/upgrade.php';

set_exception_handler(giveUpOn(...));

[, $lockId, $began] = $argv;
$release = ownRelease();
$version = ownVersion() ?? giveUp(1, 'the release has no VERSION in its index.php, by which releases are told apart');
$database = connect();
$there = tables($database);
$mark = readMark($database);

if ($mark === null) {
    if (in_array(INSTALLING, $there, true)) {
        say('an installation was interrupted: starting over with a clean schema');
        $former = $database->query('SELECT worked_on_from FROM ' . INSTALLING)->fetch_row()[0] ?? '';
        endConnections($database, $former, [(int) $lockId]);
    } elseif ($there !== []) {
        giveUp(ASK_A_PERSON, 'the database has ' . count($there) . ' tables that this store did not make; nothing was changed. '
            . 'If they are a shop\'s, run here: /usr/local/lib/ecommerce/adopt-shop.sh VERSION (of the OpenCart that made them)');
    }
    markInstalling($database);
    clean($database);
    // Ends the process by itself.
    require __DIR__ . '/first-installation.php';
    exit(1);
}

completeMark($database);
if ($mark['upgrading_to'] !== null) {
    say("the upgrade to {$mark['upgrading_to']} was interrupted: putting back what was before");
    endConnections($database, $mark['worked_on_from'], [(int) $lockId]);
    putBack($database);
    $mark = readMark($database);
}
if ($mark['version'] === null) {
    if ($mark['release_id'] !== $release) {
        giveUp(ASK_A_PERSON, 'the shop was installed before versions were written down; nothing was changed. '
            . 'Run here: /usr/local/lib/ecommerce/adopt-shop.sh VERSION (of the OpenCart that was installed)');
    }
    $mark['version'] = $version;
    updateMark($database, ['version' => $version]);
}
$order = version_compare($mark['version'], $version);
if ($order > 0) {
    giveUp(1, "shop.release is OpenCart $version, but the shop's data is of {$mark['version']}, and there is no way back; nothing was changed");
}
if ($order < 0) {
    if ($mark['failed_version'] === $version && $mark['failed_at'] >= $began) {
        giveUp(1, "the upgrade from {$mark['version']} to $version has just failed on another server: it is not tried again");
    }
    upgrade($database, (int) $lockId, $mark['version'], $version, $release);
} elseif ($mark['release_id'] !== $release) {
    updateMark($database, ['release_id' => $release]);
}
say("the shop is installed (version $version, release $release)");
