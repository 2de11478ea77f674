<?php
// One thumbnail, as OpenCart makes it: by the release's own class, a copy where the size is the original's.
declare(strict_types=1);

namespace Ecommerce\Thumbnails;

const SHOPS_CLASS = '\Opencart\System\Library\Image';
const KINDS = [IMAGETYPE_PNG, IMAGETYPE_JPEG, IMAGETYPE_GIF, IMAGETYPE_WEBP];
/** Bytes that a pixel takes in memory, with all that goes with it. */
const PIXEL = 6;

/** Whether the release has its class, and the memory is enough for this original and this size. */
function canMake(Thumbnail $thumbnail): bool
{
    $class = DIR_SYSTEM . 'library/image.php';
    if (!is_file($class)) {
        return false;
    }
    require_once $class;
    if (!class_exists(SHOPS_CLASS)) {
        return false;
    }
    [$width, $height] = @getimagesize(IMAGES . "/{$thumbnail->original}") ?: [0, 0];
    $needed = PIXEL * ($width * $height + $thumbnail->width * $thumbnail->height);
    return $needed < ini_parse_quantity((string) ini_get('memory_limit')) - memory_get_usage();
}

/**
 * @param bool $isKept beside its place, so that it is put there whole; else in the folder for temporary files
 * @return ?string the file; none: the original is no picture that OpenCart would take
 */
function make(Thumbnail $thumbnail, bool $isKept): ?string
{
    $original = IMAGES . "/{$thumbnail->original}";
    $info = @getimagesize($original);
    if ($info === false || !in_array($info[2], KINDS, true)) {
        return null;
    }
    $folder = $isKept ? dirname(CACHE . "/{$thumbnail->name}") : sys_get_temp_dir();
    if (!is_dir($folder) && !@mkdir($folder, 0755, true) && !is_dir($folder)) {
        $folder = sys_get_temp_dir();
    }
    // Hidden, and of the same extension, for that decides how it is written.
    $draft = "$folder/.thumbnail-" . bin2hex(random_bytes(8)) . '.' . pathinfo($original, PATHINFO_EXTENSION);
    try {
        if ($info[0] === $thumbnail->width && $info[1] === $thumbnail->height) {
            copy($original, $draft);
        } else {
            $class = SHOPS_CLASS;
            $image = new $class($original);
            $image->resize($thumbnail->width, $thumbnail->height);
            $image->save($draft);
        }
    } catch (\Throwable $error) {
        error_log("{$thumbnail->original}: {$error->getMessage()}");
        @unlink($draft);
        return null;
    }
    if (!is_file($draft)) {
        return null;
    }
    chmod($draft, 0644);
    return $draft;
}
