<?php
// adopt.php VERSION: marks a schema that this store did not make as a shop of OpenCart VERSION.
declare(strict_types=1);

namespace Ecommerce;

require __DIR__ . '/common.php';
require __DIR__ . '/lock.php';
require __DIR__ . '/mark.php';

$version = $argv[1] ?? '';
if (!preg_match('/^\d+(\.\d+){1,4}$/', $version)) {
    giveUp(2, 'usage: adopt-shop.sh VERSION, of the OpenCart that made the tables, such as 4.1.0.3');
}
$lock = Lock::wait('ecommerce.install.' . settings('database')['database'], 60) ?? giveUp(1, 'another server is at work on the schema');
$database = connect();
// Booting servers only have the shop's settings; on others the prefix is the usual one.
$prefix = is_file('/etc/ecommerce/shop.json') ? settings('shop')['prefix'] : 'oc_';
$missing = array_diff(["{$prefix}user", "{$prefix}product", "{$prefix}order"], tables($database));
if ($missing !== []) {
    giveUp(1, 'this is no shop that could be adopted: there is no table ' . implode(', ', $missing) . '; nothing was changed');
}
$mark = readMark($database);
if (isset($mark['version'])) {
    giveUp(1, "the shop has its mark already (version {$mark['version']}); nothing was changed");
}
// With the release of that version the servers' boot goes on; with a later one it begins with an upgrade.
$release = $mark['release_id'] ?? (ownVersion() === $version ? ownRelease() : 'adopted');
markInstalled($database, $release, $version);
say("adopted as a shop of version $version: booting servers go on by themselves");
