<?php
// Installs the shop once, whichever server is first. A lock in the database is held by the very process that runs the
// installer: when it dies, the lock goes with it, and the next server starts over with a clean schema.
declare(strict_types=1);

namespace Ecommerce;

require __DIR__ . '/database.php';

const SHOP = '/var/www/shop';
const MARK = 'ecommerce_release';
const PATIENCE_SECONDS = 1800;

function say(string $text): void
{
    fwrite(STDERR, "ecommerce: $text\n");
}

/** The database server may still be on its way. */
function connectPatiently(): \mysqli
{
    $deadline = time() + PATIENCE_SECONDS;
    while (true) {
        try {
            return connect();
        } catch (\mysqli_sql_exception $error) {
            if (time() > $deadline) {
                throw $error;
            }
            sleep(2);
        }
    }
}

/** @return string[] */
function tables(\mysqli $database): array
{
    return array_column($database->query('SHOW TABLES')->fetch_all(), 0);
}

function installedRelease(\mysqli $database): ?string
{
    if (!in_array(MARK, tables($database), true)) {
        return null;
    }
    return $database->query('SELECT release_id FROM ' . MARK)->fetch_row()[0] ?? null;
}

function clean(\mysqli $database): void
{
    $database->query('SET FOREIGN_KEY_CHECKS = 0');
    foreach (tables($database) as $table) {
        $database->query("DROP TABLE `$table`");
    }
    $database->query('SET FOREIGN_KEY_CHECKS = 1');
}

/** OpenCart comes with its errors shown to everybody, as if they were pages. They are in its log as well. */
function hideErrors(\mysqli $database, string $prefix): void
{
    if (in_array("{$prefix}setting", tables($database), true)) {
        $database->query("UPDATE `{$prefix}setting` SET `value` = '0' WHERE `key` = 'config_error_display'");
    }
}

function mark(\mysqli $database, string $release): void
{
    $database->query('CREATE TABLE ' . MARK . ' (release_id VARCHAR(64) NOT NULL, installed_at DATETIME NOT NULL)');
    $insert = $database->prepare('INSERT INTO ' . MARK . ' VALUES (?, UTC_TIMESTAMP())');
    $insert->execute([$release]);
}

$settings = json_decode((string) file_get_contents('/etc/ecommerce/shop.json'), true, 8, JSON_THROW_ON_ERROR);
$access = json_decode((string) file_get_contents('/etc/ecommerce/database.json'), true, 8, JSON_THROW_ON_ERROR);
$release = (string) file_get_contents(SHOP . '/.release');

$database = connectPatiently();
$lock = 'ecommerce.install.' . $access['database'];
$got = $database->prepare('SELECT GET_LOCK(?, ?)');
$got->execute([$lock, PATIENCE_SECONDS]);
if ($got->get_result()->fetch_row()[0] !== 1) {
    say('another server has been installing for too long');
    exit(1);
}
$there = installedRelease($database);
if ($there !== null) {
    say("the shop is installed already (release $there)");
    exit(0);
}
if (tables($database) !== []) {
    say('an installation was interrupted: starting over with a clean schema');
    clean($database);
}

// The installer takes its options from argv: given here, they stand on no command line.
$options = [
    'username' => $settings['username'],
    'email' => $settings['email'],
    'password' => $settings['password'],
    'http_server' => $settings['url'],
    'language' => 'en-gb',
    'db_driver' => 'mysqli',
    'db_hostname' => $access['host'],
    'db_username' => $access['user'],
    'db_password' => $access['password'],
    'db_database' => $access['database'],
    'db_port' => (string) $access['port'],
    'db_prefix' => $settings['prefix'],
    'db_ssl_ca' => $settings['ca'],
];
$arguments = [SHOP . '/install/cli_install.php', 'install'];
foreach ($options as $name => $value) {
    array_push($arguments, "--$name", $value);
}
$_SERVER['argv'] = $GLOBALS['argv'] = $arguments;
$_SERVER['argc'] = $GLOBALS['argc'] = count($arguments);

$output = '';
ob_start(static function (string $text) use (&$output): string {
    $output .= $text;
    return '';
});
// The installer may end the process by itself; what it left behind decides.
register_shutdown_function(static function () use ($database, $settings, $release, &$output): void {
    while (ob_get_level() > 0) {
        ob_end_clean();
    }
    $user = $settings['prefix'] . 'user';
    if (stripos($output, 'error') !== false || error_get_last() !== null || !in_array($user, tables($database), true)) {
        $hidden = str_replace($settings['password'], '[secret]', $output . (error_get_last()['message'] ?? ''));
        say('the installer failed: ' . trim($hidden));
        exit(1);
    }
    hideErrors($database, $settings['prefix']);
    mark($database, $release);
    say("the shop is installed (release $release)");
    exit(0);
});
chdir(SHOP . '/install');
require SHOP . '/install/cli_install.php';
