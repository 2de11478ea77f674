<?php
// A picture that is not on this server's disk: it may have been taken by another one a moment ago. Shows it, once it is here.
declare(strict_types=1);

namespace Ecommerce\Media;

require __DIR__ . '/obtain.php';

const URL = '/image/catalog/';
const TYPES = [
    'avif' => 'image/avif', 'gif' => 'image/gif', 'ico' => 'image/x-icon', 'jpeg' => 'image/jpeg', 'jpg' => 'image/jpeg',
    'png' => 'image/png', 'svg' => 'image/svg+xml', 'webp' => 'image/webp',
];

function stop(int $status): never
{
    http_response_code($status);
    header('Content-Type: text/plain');
    header('Cache-Control: no-store');
    if ($status === 503) {
        header('Retry-After: 1');
    }
    echo $status === 404 ? "There is no such picture.\n" : "The picture cannot be fetched now.\n";
    exit;
}

$path = rawurldecode((string) parse_url($_SERVER['REQUEST_URI'] ?? '', PHP_URL_PATH));
$name = str_starts_with($path, URL) ? 'image/' . substr($path, strlen(URL)) : '';
$place = str_ends_with($name, '/') ? null : placeOf($name);
$type = TYPES[strtolower(pathinfo($name, PATHINFO_EXTENSION))] ?? null;
if ($place === null || $type === null || !in_array($_SERVER['REQUEST_METHOD'], ['GET', 'HEAD'], true)) {
    stop(404);
}
$status = obtain($name);
if ($status !== 200) {
    stop($status);
}
header("Content-Type: $type");
header('Content-Length: ' . filesize($place));
readfile($place);
