<?php
// Runs the release's own installer in an empty schema. Included by decide.php, whose variables it uses; ends the process.
declare(strict_types=1);

namespace Ecommerce;

/** OpenCart comes with its errors shown to everybody, as if they were pages. They are in its log as well. */
function hideErrors(\mysqli $database, string $prefix): void
{
    if (in_array("{$prefix}setting", tables($database), true)) {
        $database->query("UPDATE `{$prefix}setting` SET `value` = '0' WHERE `key` = 'config_error_display'");
    }
}

$settings = settings('shop');
$access = settings('database');

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
register_shutdown_function(static function () use ($database, $settings, $release, $version, &$output): void {
    while (ob_get_level() > 0) {
        ob_end_clean();
    }
    $user = $settings['prefix'] . 'user';
    try {
        // The installer's own words of a database that went away are no others than of one that refuses it.
        $there = tables($database);
    } catch (\mysqli_sql_exception $error) {
        giveUpOn($error);
    }
    if (stripos($output, 'error') !== false || error_get_last() !== null || !in_array($user, $there, true)) {
        $hidden = str_replace($settings['password'], '[secret]', $output . (error_get_last()['message'] ?? ''));
        say('the installer failed: ' . trim($hidden));
        exit(1);
    }
    hideErrors($database, $settings['prefix']);
    markInstalled($database, $release, $version);
    say("the shop is installed (version $version, release $release)");
    exit(0);
});
chdir(SHOP . '/install');
require SHOP . '/install/cli_install.php';
