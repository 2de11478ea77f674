<?php
// Which names are files of the three trees, and where those are. Whatever else a name says is never touched.
declare(strict_types=1);

namespace Ecommerce\Media;

/** MD5 of nothing: what stands for a folder. */
const FOLDER = 'd41d8cd98f00b204e9800998ecf8427e';

/** One part of a path: nothing hidden, nothing that PHP would run, nothing that leads elsewhere. */
function isPlain(string $part): bool
{
    return strlen($part) <= 255
        && preg_match('/^[^.\x00-\x1f\x7f\\\\\/][^\x00-\x1f\x7f\\\\\/]*$/Du', $part) === 1
        && preg_match('/\.(?:php\d*|phtml|phar|pht|phps)$/Di', $part) === 0;
}

/**
 * @param string $name of an object; of a folder with a slash at its end
 * @return ?string the path on this server; none: it is not ours to touch
 */
function placeOf(string $name): ?string
{
    $parts = explode('/', preg_replace('/\/$/D', '', $name));
    $root = TREES[array_shift($parts)] ?? null;
    if ($root === null || $parts === [] || array_filter($parts, isPlain(...)) !== $parts) {
        return null;
    }
    return "$root/" . implode('/', $parts);
}

/** Makes the folder of a path, unless a link leads out of the tree on the way. @throws Refused */
function makeFolderOf(string $place): void
{
    $folder = dirname($place);
    for ($at = $folder; !in_array($at, TREES, true); $at = dirname($at)) {
        if (is_link($at)) {
            throw new Refused("$at is a link");
        }
    }
    if (!is_dir($folder) && !@mkdir($folder, 0755, true) && !is_dir($folder)) {
        throw new Refused("$folder cannot be made");
    }
}

/**
 * Files and folders on this server.
 * @return array<string, ?array{int, int, int}> by their objects' names: size, time of change, inode; none: a folder
 */
function scan(): array
{
    clearstatcache(true);
    $found = [];
    foreach (TREES as $tree => $root) {
        // Not the same as an empty one, in which everything would have been deleted.
        if (!is_dir($root)) {
            throw new \RuntimeException("$root is not there");
        }
        look($root, "$tree/", $found);
    }
    return $found;
}

/** @param array<string, ?array{int, int, int}> $found */
function look(string $folder, string $prefix, array &$found): void
{
    $entries = @scandir($folder);
    if ($entries === false) {
        if (is_dir($folder)) {
            throw new \RuntimeException("$folder cannot be read");
        }
        return;
    }
    foreach (array_filter($entries, isPlain(...)) as $entry) {
        $stat = @lstat("$folder/$entry");
        // Links, and whatever else there is, stay what and where they are.
        switch (($stat['mode'] ?? 0) & 0170000) {
            case 0100000:
                $found[$prefix . $entry] = [$stat['size'], $stat['mtime'], $stat['ino']];
                break;
            case 0040000:
                $found["$prefix$entry/"] = null;
                look("$folder/$entry", "$prefix$entry/", $found);
        }
    }
}
