<?php
// Keeps image/cache within its limits, whoever filled it: the oldest go first, and of them those of sizes that no setting
// names. All of it can be made again when it is asked for.
declare(strict_types=1);

namespace Ecommerce\Thumbnails;

/** Seconds after which a draft is nobody's any more. */
const ABANDONED = 600;

/** @param array<string, int|float> $limits @return int files that were removed */
function trimCache(array $limits): int
{
    $lock = fopen(STATE . '/trim.lock', 'c');
    if (!$lock || !flock($lock, LOCK_EX | LOCK_NB)) {
        return 0;
    }
    countAnew();
    $named = array_flip(keptSizes());
    // Of either kind: path, time of change, bytes.
    $others = [];
    $ours = [];
    $removed = 0;
    $files = new \RecursiveIteratorIterator(new \RecursiveDirectoryIterator(CACHE, \FilesystemIterator::SKIP_DOTS));
    foreach ($files as $path => $file) {
        if ($file->isLink() || !$file->isFile()) {
            continue;
        }
        if (str_starts_with($file->getFilename(), '.thumbnail-')) {
            $removed += $file->getMTime() < time() - ABANDONED && @unlink($path) ? 1 : 0;
        } elseif (preg_match(SIZE, $path, $found) === 1) {
            $entry = [$path, $file->getMTime(), $file->getSize()];
            if (isset($named["{$found['width']}x{$found['height']}"])) {
                $ours[] = $entry;
            } else {
                $others[] = $entry;
            }
        }
    }
    $others = shrink($others, (int) $limits['otherFiles'], (int) $limits['otherBytes'], $removed);
    $bytes = (int) min($limits['mostBytes'], max($limits['leastBytes'], $limits['share'] * disk_total_space(CACHE)));
    // Where something else fills the disk, this half is what can be given back.
    $bytes = hasRoom($limits) ? $bytes : intdiv(array_sum(array_column([...$ours, ...$others], 2)), 2);
    shrink([...$ours, ...$others], (int) $limits['files'], $bytes, $removed);
    return $removed;
}

/**
 * Removes the oldest until there are so many and so much.
 * @param array<int, array{string, int, int}> $entries
 * @return array<int, array{string, int, int}> what is left
 */
function shrink(array $entries, int $files, int $bytes, int &$removed): array
{
    usort($entries, static fn (array $one, array $other): int => $one[1] <=> $other[1]);
    $count = count($entries);
    $sum = array_sum(array_column($entries, 2));
    while ($entries !== [] && ($count > $files || $sum > $bytes)) {
        [$path, , $size] = array_shift($entries);
        @unlink($path);
        $removed++;
        $count--;
        $sum -= $size;
    }
    return $entries;
}

if (PHP_SAPI === 'cli' && realpath($argv[0] ?? '') === __FILE__) {
    foreach (['names', 'sizes', 'budget'] as $part) {
        require __DIR__ . "/$part.php";
    }
    $removed = trimCache(require __DIR__ . '/limits.php');
    if ($removed > 0) {
        fwrite(STDERR, "ecommerce: $removed thumbnails removed\n");
    }
}
