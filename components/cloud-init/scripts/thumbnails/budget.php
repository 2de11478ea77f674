<?php
// What is left of the ration of sizes that no setting names, and what was kept since the last look at all of it.
declare(strict_types=1);

namespace Ecommerce\Thumbnails;

/**
 * Reads and writes one small file of numbers, one process at a time.
 * @param callable(array<string, float>): array<string, float> $change
 * @return array<string, float> as they are now
 */
function numbers(string $name, callable $change): array
{
    $file = fopen(STATE . "/$name.json", 'c+') ?: throw new \RuntimeException(STATE . ' cannot be written');
    flock($file, LOCK_EX);
    $numbers = $change((array) json_decode((string) stream_get_contents($file), true));
    rewind($file);
    ftruncate($file, 0);
    fwrite($file, json_encode($numbers, JSON_THROW_ON_ERROR));
    fclose($file);
    return $numbers;
}

/** Takes one of the ration. @param array<string, int|float> $limits @return bool false: there is none left now */
function takeRation(array $limits): bool
{
    $taken = false;
    numbers('ration', static function (array $was) use ($limits, &$taken): array {
        $now = microtime(true);
        $more = ($now - ($was['at'] ?? 0.0)) * $limits['perSecond'];
        $left = min((float) $limits['burst'], max(0.0, ($was['left'] ?? $limits['burst']) + max(0.0, $more)));
        $taken = $left >= 1;
        return ['at' => $now, 'left' => $taken ? $left - 1 : $left];
    });
    return $taken;
}

/** Counts a new file. @param array<string, int|float> $limits @return bool whether it is time to look at all of them */
function countNew(int $bytes, array $limits): bool
{
    $new = numbers('new', static fn (array $was): array => [
        'files' => ($was['files'] ?? 0) + 1,
        'bytes' => ($was['bytes'] ?? 0) + $bytes,
    ]);
    return $new['files'] >= $limits['newFiles'] || $new['bytes'] >= $limits['newBytes'];
}

function countAnew(): void
{
    numbers('new', static fn (): array => ['files' => 0, 'bytes' => 0]);
}

/** Whether the disk has room for more. @param array<string, int|float> $limits */
function hasRoom(array $limits): bool
{
    return disk_free_space(IMAGES) > $limits['free'] * disk_total_space(IMAGES);
}
