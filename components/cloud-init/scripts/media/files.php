<?php
// The server's own files: what they hold, and how they change.
declare(strict_types=1);

namespace Ecommerce\Media;

/** Whether it is still being written, as far as one can tell from its state. */
function isBusy(string $state): bool
{
    $changed = (int) (explode(' ', $state)[1] ?? 0);
    return $changed >= time() && $changed <= time() + 2;
}

/** Share of the disk that is left to the shop. */
const SPARE = 0.02;

/** Whether there is, for a file of the tree that a name is in. */
function hasRoom(string $name, int $bytes): bool
{
    $folder = TREES[strstr($name, '/', true)];
    return disk_free_space($folder) - $bytes >= SPARE * disk_total_space($folder);
}

/** @return string MD5. @throws Refused when it cannot be read */
function hashOf(string $name): string
{
    return str_ends_with($name, '/') ? FOLDER : (@md5_file((string) placeOf($name)) ?: throw new Refused('it cannot be read'));
}

/**
 * Fetches an object beside its place and then puts it there, so that nobody ever reads half of it.
 * @return ?string its MD5; none: it is not there any more
 */
function fetch(Swift $swift, string $name, string $have = ''): ?string
{
    $place = (string) placeOf($name);
    makeFolderOf($place);
    if (str_ends_with($name, '/')) {
        if (!is_dir($place) && !@mkdir($place, 0755)) {
            throw new Refused("$place cannot be made");
        }
        return FOLDER;
    }
    // Hidden, so that neither the sync nor Apache takes it for a file of the shop's.
    $draft = dirname($place) . '/' . DRAFT . bin2hex(random_bytes(8));
    try {
        $hash = $swift->get($name, $draft, $have);
        if ($hash !== null && $hash !== $have) {
            chmod($draft, 0644);
            // What has just changed would be taken for what the shop has written.
            touch($draft, time() - 60);
            if (is_dir($place) || !rename($draft, $place)) {
                throw new Refused("$place cannot be written");
            }
            forgetThumbnails($place);
        }
        return $hash;
    } finally {
        if (file_exists($draft)) {
            unlink($draft);
        }
    }
}

/** @param string $state without which it stays: it has changed since. A folder stays if there is anything in it. */
function remove(string $name, string $state): void
{
    $place = (string) placeOf($name);
    if (str_ends_with($name, '/')) {
        @rmdir($place);
    } elseif (stateOf($place) === $state && unlink($place)) {
        forgetThumbnails($place);
    }
}
