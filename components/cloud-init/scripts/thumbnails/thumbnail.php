<?php
// A thumbnail that is not on this server's disk. OpenCart makes one when it renders a page, hence on the server that made
// the page; here it is made when it is asked for, by the shop's own class and rules, so that it is the same file.
declare(strict_types=1);

namespace Ecommerce\Thumbnails;

foreach (['names', 'sizes', 'budget', 'trim', 'make'] as $part) {
    require __DIR__ . "/$part.php";
}
require __DIR__ . '/../database.php';
require SHOP . '/config.php';

const URL = '/image/cache/';

function stop(int $status): never
{
    http_response_code($status);
    header('Content-Type: text/plain');
    header('Cache-Control: no-store');
    if ($status === 503) {
        header('Retry-After: 2');
    }
    echo $status === 404 ? "There is no such picture.\n" : "The picture cannot be made now.\n";
    exit;
}

/** The original instead: browsers scale it, and it costs this server nothing. */
function sendToOriginal(Thumbnail $thumbnail): never
{
    header('Cache-Control: no-store');
    header('Location: /image/' . implode('/', array_map('rawurlencode', explode('/', $thumbnail->original))), true, 302);
    exit;
}

function send(string $file, Thumbnail $thumbnail): void
{
    header("Content-Type: {$thumbnail->type}");
    header('Content-Length: ' . filesize($file));
    header('Last-Modified: ' . gmdate('D, d M Y H:i:s', (int) filemtime($file)) . ' GMT');
    readfile($file);
}

/** Makes sure that the original is here. @return int 200, 404 or 503 */
function obtainOriginal(Thumbnail $thumbnail): int
{
    $place = IMAGES . "/{$thumbnail->original}";
    if (!is_file($place) && str_starts_with($thumbnail->original, 'catalog/') && is_file('/etc/ecommerce/media.json')) {
        require __DIR__ . '/../media/obtain.php';
        $status = \Ecommerce\Media\obtain('image/' . substr($thumbnail->original, strlen('catalog/')));
        if ($status !== 200) {
            return $status;
        }
    }
    // A link may lead anywhere.
    return str_starts_with((string) realpath($place), IMAGES . '/') && is_file($place) ? 200 : 404;
}

$path = rawurldecode((string) parse_url($_SERVER['REQUEST_URI'] ?? '', PHP_URL_PATH));
$thumbnail = str_starts_with($path, URL) ? Thumbnail::named(substr($path, strlen(URL))) : null;
if ($thumbnail === null || !in_array($_SERVER['REQUEST_METHOD'], ['GET', 'HEAD'], true)) {
    stop(404);
}
$status = obtainOriginal($thumbnail);
if ($status !== 200) {
    stop($status);
}
$limits = require __DIR__ . '/limits.php';
$isNamed = isNamed($thumbnail->width, $thumbnail->height);
$side = max($thumbnail->width, $thumbnail->height);
$fits = $isNamed
    ? $side <= $limits['side']
    : $side <= $limits['otherSide'] && $thumbnail->width * $thumbnail->height <= $limits['otherPixels'];
if (!$fits || !canMake($thumbnail) || (!$isNamed && !takeRation($limits))) {
    sendToOriginal($thumbnail);
}
$draft = make($thumbnail, hasRoom($limits));
if ($draft === null) {
    stop(404);
}
if (!str_starts_with($draft, CACHE . '/')) {
    send($draft, $thumbnail);
    unlink($draft);
    exit;
}
$place = CACHE . "/{$thumbnail->name}";
rename($draft, $place);
send($place, $thumbnail);
fastcgi_finish_request();
if (countNew((int) filesize($place), $limits)) {
    trimCache($limits);
}
