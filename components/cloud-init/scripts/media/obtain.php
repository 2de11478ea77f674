<?php
// Fetches one object of the container's, for a page that cannot wait for the sync: another server may have taken it a moment
// ago.
declare(strict_types=1);

namespace Ecommerce\Media;

foreach (['settings', 'http', 'swift', 'trees', 'thumbnails', 'files', 'manifest'] as $part) {
    require __DIR__ . "/$part.php";
}

/** Seconds for which a picture that is not there is not looked for again. */
const SURE = 2;
/** Names that are remembered for that. */
const REMEMBERED = 1024;
/** Requests to Swift at a time, and seconds that others wait for their turn. */
const AT_ONCE = 4;
const PATIENCE = 0.5;

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

/**
 * @param string $name of an object that has a place on this server
 * @return int 200: it is at its place; 404: it is nowhere; 503: Swift cannot be asked now
 */
function obtain(string $name): int
{
    $memory = STATE . '/missing-' . crc32($name) % REMEMBERED;
    if (placeOf($name) === null || isNowhere($memory, $name)) {
        return 404;
    }
    $turn = turn();
    if (!$turn) {
        return 503;
    }
    // Those who had their turn before may have asked for the same.
    if (isNowhere($memory, $name)) {
        return 404;
    }
    if (!is_file((string) placeOf($name))) {
        if (!hasRoom($name, 0)) {
            return 503;
        }
        try {
            $hash = fetch(new Swift(settings(), 10), $name);
        } catch (Refused $error) {
            // A link leads there: it is none of the shop's.
            error_log("$name: {$error->getMessage()}");
            return 404;
        } catch (\RuntimeException $error) {
            error_log("$name: {$error->getMessage()}");
            return 503;
        }
        if ($hash === null) {
            file_put_contents($memory, $name);
            return 404;
        }
        Manifest::tell($name, $hash);
    }
    flock($turn, LOCK_UN);
    return 200;
}
