<?php
// A picture that is not on this server's disk: it may have been taken by another one a moment ago. Fetches that one object,
// keeps it and shows it.
declare(strict_types=1);

namespace Ecommerce\Media;

foreach (['settings', 'http', 'swift', 'trees', 'files', 'manifest'] as $part) {
    require __DIR__ . "/$part.php";
}

const URL = '/image/catalog/';
/** Seconds for which a picture that is not there is not looked for again. */
const SURE = 2;
/** Names that are remembered for that. */
const REMEMBERED = 1024;
/** Requests to Swift at a time, and seconds that others wait for their turn. */
const AT_ONCE = 4;
const PATIENCE = 0.5;
const TYPES = [
    'avif' => 'image/avif', 'gif' => 'image/gif', 'ico' => 'image/x-icon', 'jpeg' => 'image/jpeg', 'jpg' => 'image/jpeg',
    'png' => 'image/png', 'svg' => 'image/svg+xml', 'webp' => 'image/webp',
];

function stop(int $status): never
{
    http_response_code($status);
    header('Content-Type: text/plain');
    header('Cache-Control: no-store');
    echo $status === 404 ? "There is no such picture.\n" : "The picture cannot be fetched now.\n";
    exit;
}

/** @return resource|false a place among those who may ask Swift; false: there is none, and waiting would take PHP's workers */
function turn(): mixed
{
    $until = microtime(true) + PATIENCE;
    do {
        for ($place = 0; $place < AT_ONCE; $place++) {
            $lock = fopen(STATE . "/turn-$place", 'c');
            if (flock($lock, LOCK_EX | LOCK_NB)) {
                return $lock;
            }
        }
        usleep(20_000);
    } while (microtime(true) < $until);
    return false;
}

/** Whether it was looked for a moment ago, and is nowhere. @param string $memory the file that remembers it */
function isNowhere(string $memory, string $name): bool
{
    clearstatcache();
    return (int) @filemtime($memory) >= time() - SURE && @file_get_contents($memory) === $name;
}

$path = rawurldecode((string) parse_url($_SERVER['REQUEST_URI'] ?? '', PHP_URL_PATH));
$name = str_starts_with($path, URL) ? 'image/' . substr($path, strlen(URL)) : '';
$place = str_ends_with($name, '/') ? null : placeOf($name);
$type = TYPES[strtolower(pathinfo($name, PATHINFO_EXTENSION))] ?? null;
if ($place === null || $type === null || !in_array($_SERVER['REQUEST_METHOD'], ['GET', 'HEAD'], true)) {
    stop(404);
}
$memory = STATE . '/missing-' . crc32($name) % REMEMBERED;
if (isNowhere($memory, $name)) {
    stop(404);
}
$turn = turn();
if (!$turn) {
    header('Retry-After: 1');
    stop(503);
}
// Those who had their turn before may have asked for the same.
if (isNowhere($memory, $name)) {
    stop(404);
}
if (!is_file($place)) {
    try {
        $hash = Files::fetch(new Swift(settings(), 10), $name);
    } catch (\RuntimeException $error) {
        error_log("$name: {$error->getMessage()}");
        stop(503);
    }
    if ($hash === null) {
        file_put_contents($memory, $name);
        stop(404);
    }
    Manifest::tell($name, $hash);
}
flock($turn, LOCK_UN);
header("Content-Type: $type");
header('Content-Length: ' . filesize($place));
readfile($place);
