<?php
// Writes the shop's two configuration files, on every server alike: the installer does so only where it ran.
declare(strict_types=1);

$settings = json_decode((string) file_get_contents('/etc/ecommerce/shop.json'), true, 8, JSON_THROW_ON_ERROR);
$access = json_decode((string) file_get_contents('/etc/ecommerce/database.json'), true, 8, JSON_THROW_ON_ERROR);
$shop = '/var/www/shop/';
$url = $settings['url'];

$folders = [
    'DIR_OPENCART' => $shop,
    'DIR_EXTENSION' => $shop . 'extension/',
    'DIR_IMAGE' => $shop . 'image/',
    'DIR_SYSTEM' => $shop . 'system/',
    'DIR_CONFIG' => $shop . 'system/config/',
    // Outside the web root.
    'DIR_STORAGE' => '/var/lib/ecommerce/storage/',
    'DIR_CACHE' => '/var/lib/ecommerce/storage/cache/',
    'DIR_DOWNLOAD' => '/var/lib/ecommerce/storage/download/',
    'DIR_LOGS' => '/var/lib/ecommerce/storage/logs/',
    'DIR_SESSION' => '/var/lib/ecommerce/storage/session/',
    'DIR_UPLOAD' => '/var/lib/ecommerce/storage/upload/',
];
$database = [
    'DB_DRIVER' => 'mysqli',
    // A connection outlives the request that made it, so that not every page pays for a handshake.
    'DB_HOSTNAME' => 'p:' . $access['host'],
    'DB_USERNAME' => $access['user'],
    'DB_PASSWORD' => $access['password'],
    'DB_SSL_KEY' => '',
    'DB_SSL_CERT' => '',
    'DB_SSL_CA' => $settings['ca'],
    'DB_DATABASE' => $access['database'],
    'DB_PREFIX' => $settings['prefix'],
    'DB_PORT' => (string) $access['port'],
];
$application = static fn (string $name): array => [
    'DIR_APPLICATION' => "$shop$name/",
    'DIR_LANGUAGE' => "$shop$name/language/",
    'DIR_TEMPLATE' => "$shop$name/view/template/",
];
$catalog = ['APPLICATION' => 'Catalog', 'HTTP_SERVER' => $url, ...$application('catalog'), ...$folders, ...$database];
$admin = [
    'APPLICATION' => 'Admin',
    'HTTP_SERVER' => $url . 'admin/',
    'HTTP_CATALOG' => $url,
    'DIR_CATALOG' => $shop . 'catalog/',
    ...$application('admin'),
    ...$folders,
    ...$database,
    'OPENCART_SERVER' => 'https://www.opencart.com/',
];
foreach (['config.php' => $catalog, 'admin/config.php' => $admin] as $file => $constants) {
    $lines = ['<?php'];
    foreach ($constants as $name => $value) {
        $lines[] = "define('$name', " . var_export($value, true) . ');';
    }
    file_put_contents($shop . $file, implode("\n", $lines) . "\n");
}

// PHP's expressions, by OpenCart's names of them.
$added = [
    // OpenCart leaves these three out in its own files.
    'db_ssl_key' => 'DB_SSL_KEY',
    'db_ssl_cert' => 'DB_SSL_CERT',
    'db_ssl_ca' => 'DB_SSL_CA',
    // It shows shoppers the errors that it finds, as pages like any other.
    'error_display' => 'false',
    // Its cache is each server's own, and an edit empties that of one server: the others' are old by these seconds.
    'cache_expire' => '4',
    // Every fifth page would remove old sessions and rebuild their table, while its visitor waits: jobs/cron.php removes them.
    'session_divisor' => '2000000000',
    // Style sheets come with the release and are no longer PHP's to write: an administrator who has them compiled anew, a
    // developer's setting, would close the shop with it, and administration too.
    'action_pre_action' => "array_values(array_diff(\$_['action_pre_action'] ?? [], ['startup/sass']))",
];
$lines = "\n// Added when this server was made.\n";
foreach ($added as $name => $expression) {
    $lines .= "\$_['$name'] = $expression;\n";
}
foreach (['catalog', 'admin'] as $name) {
    $file = "{$shop}system/config/$name.php";
    if (is_file($file) && !str_contains((string) file_get_contents($file), $lines)) {
        file_put_contents($file, $lines, FILE_APPEND);
    }
}
