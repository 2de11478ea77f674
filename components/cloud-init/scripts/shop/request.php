<?php
// request.php FILE QUERY: has the shop's FILE answer a request with QUERY, and prints the answer's body.
declare(strict_types=1);

[, $file, $query] = $argv;
$settings = json_decode((string) @file_get_contents('/etc/ecommerce/shop.json'), true) ?? ['url' => 'http://localhost/'];
$url = parse_url($settings['url']);
parse_str($query, $_GET);
$_REQUEST = $_GET;
$_SERVER = [
    'REQUEST_METHOD' => 'GET',
    'QUERY_STRING' => $query,
    'REQUEST_URI' => "/$file?$query",
    'SCRIPT_NAME' => "/$file",
    'PHP_SELF' => "/$file",
    'SCRIPT_FILENAME' => "/var/www/shop/$file",
    'DOCUMENT_ROOT' => '/var/www/shop',
    'HTTP_HOST' => $url['host'] ?? 'localhost',
    'SERVER_NAME' => $url['host'] ?? 'localhost',
    'SERVER_PORT' => ($url['scheme'] ?? '') === 'https' ? '443' : '80',
    'SERVER_PROTOCOL' => 'HTTP/1.1',
    'REMOTE_ADDR' => '127.0.0.1',
    'HTTP_USER_AGENT' => 'upgrade',
    'HTTPS' => ($url['scheme'] ?? '') === 'https' ? 'on' : 'off',
] + $_SERVER;
unset($_SERVER['argv'], $_SERVER['argc']);
chdir(dirname("/var/www/shop/$file"));
require "/var/www/shop/$file";
