<?php
// Which names are files of the three trees, and where those are. Whatever else a name says is never touched.
declare(strict_types=1);

namespace Ecommerce\Media;

/** MD5 of nothing: what stands for a folder. */
const FOLDER = 'd41d8cd98f00b204e9800998ecf8427e';
/** Begins the names of files that are still being fetched. */
const DRAFT = '.media-';
/** Seconds after which nobody writes to a draft any more: who did was killed. */
const ABANDONED = 86400;

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
 * Files and folders on this server, in the order of their objects' names, byte by byte.
 * @param array<string, string> $folders gets each folder's path by its prefix
 * @return \Generator<string, string> by their objects' names: see stateOf()
 */
function scan(array &$folders): \Generator
{
    foreach (TREES as $tree => $root) {
        // Not the same as an empty one, in which everything would have been deleted.
        if (!is_dir($root)) {
            throw new \RuntimeException("$root is not there");
        }
        yield from look($root, "$tree/", $folders);
    }
}

/** What changes when a file does: size, time of change, inode; of a folder ''. @return ?string none: it is neither, or not there */
function stateOf(string $place): ?string
{
    clearstatcache();
    $stat = @lstat($place);
    // Links, and whatever else there is, stay what and where they are.
    return match (($stat['mode'] ?? 0) & 0170000) {
        0100000 => "{$stat['size']} {$stat['mtime']} {$stat['ino']}",
        0040000 => '',
        default => null,
    };
}

/** @return string[] names of what is in a folder, in their order */
function entriesOf(string $folder): array
{
    $entries = @scandir($folder, SCANDIR_SORT_NONE);
    if ($entries === false) {
        if (is_dir($folder)) {
            throw new \RuntimeException("$folder cannot be read");
        }
        return [];
    }
    foreach (preg_grep('/^\\' . DRAFT . '/', $entries) as $draft) {
        if (@filemtime("$folder/$draft") < time() - ABANDONED) {
            @unlink("$folder/$draft");
        }
    }
    $entries = array_filter($entries, isPlain(...));
    sort($entries, SORT_STRING);
    return $entries;
}

/** @return \Generator<string, string> */
function look(string $folder, string $prefix, array &$folders): \Generator
{
    $folders[$prefix] = $folder;
    // `a-b` and what is in `a-b/` come before `a/`.
    $later = [];
    foreach ([...entriesOf($folder), null] as $entry) {
        ksort($later, SORT_STRING);
        foreach (array_keys($later) as $name) {
            if ($entry === null || strcmp($name, "$prefix$entry") < 0) {
                unset($later[$name]);
                yield $name => '';
                yield from look("$folder/" . basename($name), $name, $folders);
            }
        }
        $state = $entry === null ? null : stateOf("$folder/$entry");
        if ($state === '') {
            $later["$prefix$entry/"] = '';
        } elseif ($state !== null) {
            yield $prefix . $entry => $state;
        }
    }
}
