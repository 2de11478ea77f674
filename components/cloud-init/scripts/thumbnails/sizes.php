<?php
// The sizes that the shop's own settings name: those of the store's settings and of its modules. They are kept in a file, so
// that the database is asked only now and then, and nobody's pictures depend on it.
declare(strict_types=1);

namespace Ecommerce\Thumbnails;

/** OpenCart's code has these three. */
const FIXED = ['40x40', '45x45', '50x50'];
/** Seconds for which the file is believed when a size is not in it. */
const SURE = 30;

/** @return string[] WIDTHxHEIGHT, as of the last time that the database was asked */
function keptSizes(): array
{
    $kept = json_decode((string) @file_get_contents(STATE . '/sizes.json'), true);
    return [...FIXED, ...(is_array($kept) ? $kept : [])];
}

/** Whether the settings name this size; they may have changed, or were never asked. */
function isNamed(int $width, int $height): bool
{
    $size = "{$width}x{$height}";
    if (in_array($size, keptSizes(), true)) {
        return true;
    }
    $mark = STATE . '/sizes.asked';
    clearstatcache();
    if ((int) @filemtime($mark) > time() - SURE) {
        return false;
    }
    touch($mark);
    try {
        $sizes = namedSizes();
        keep(STATE . '/sizes.json', json_encode($sizes, JSON_THROW_ON_ERROR));
    } catch (\Throwable $error) {
        error_log("thumbnails: the shop's settings cannot be read: {$error->getMessage()}");
    }
    return in_array($size, keptSizes(), true);
}

/** @return string[] WIDTHxHEIGHT, from the database */
function namedSizes(): array
{
    $database = \Ecommerce\connect();
    $prefix = DB_PREFIX;
    $sides = [];
    $settings = $database->query("SELECT store_id, `key`, `value` FROM `{$prefix}setting` WHERE `key` LIKE '%image%'");
    foreach ($settings as ['store_id' => $store, 'key' => $key, 'value' => $value]) {
        if (preg_match('/^(.*)_(width|height)$/D', $key, $found) === 1) {
            $sides["$store $found[1]"][$found[2]] = $value;
        }
    }
    $tables = $database->query("SHOW TABLES LIKE '{$prefix}module'");
    $modules = $tables->num_rows > 0 ? $database->query("SELECT setting FROM `{$prefix}module`") : [];
    foreach ($modules as ['setting' => $setting]) {
        $sides = [...array_values($sides), ...pairs(json_decode($setting, true))];
    }
    $sizes = [];
    foreach ($sides as $pair) {
        [$width, $height] = [(int) ($pair['width'] ?? 0), (int) ($pair['height'] ?? 0)];
        if ($width > 0 && $height > 0) {
            $sizes["{$width}x{$height}"] = true;
        }
    }
    return array_keys($sizes);
}

/** @return array<int, array<string, mixed>> whatever has a width and a height, however deep */
function pairs(mixed $value): array
{
    if (!is_array($value)) {
        return [];
    }
    $found = isset($value['width'], $value['height']) && is_scalar($value['width']) && is_scalar($value['height']) ? [$value] : [];
    foreach ($value as $part) {
        array_push($found, ...pairs($part));
    }
    return $found;
}

/** Whole or not at all. */
function keep(string $file, string $content): void
{
    $draft = tempnam(dirname($file), '.keep-');
    if ($draft === false || file_put_contents($draft, $content) !== strlen($content) || !rename($draft, $file)) {
        throw new \RuntimeException("$file cannot be written");
    }
}
