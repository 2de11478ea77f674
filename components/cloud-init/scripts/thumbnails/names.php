<?php
// Which addresses are thumbnails of ours to make, and of what. OpenCart names them after the original: image/cache/, the
// original's path below image/ without its extension, -WIDTHxHEIGHT, and the extension.
declare(strict_types=1);

namespace Ecommerce\Thumbnails;

const SHOP = '/var/www/shop';
const IMAGES = SHOP . '/image';
const CACHE = IMAGES . '/cache';
/** Kept by the page for thumbnails and by the timer, who are the same user. */
const STATE = '/var/lib/ecommerce/thumbnails';
const TYPES = [
    'gif' => 'image/gif', 'jpeg' => 'image/jpeg', 'jpg' => 'image/jpeg', 'png' => 'image/png', 'webp' => 'image/webp',
];
/** The size in a thumbnail's name. Numbers as OpenCart writes them, so that there is one name for one picture. */
const SIZE = '/-(?<width>[1-9]\d{0,4})x(?<height>[1-9]\d{0,4})\.(?<extension>[A-Za-z]{3,4})$/D';

final class Thumbnail
{
    private function __construct(
        /** Below image/. */
        public readonly string $original,
        /** Below image/cache/. */
        public readonly string $name,
        public readonly int $width,
        public readonly int $height,
        /** MIME type, by the extension, as Apache would say it. */
        public readonly string $type,
    ) {
    }

    /** @param string $name below image/cache/, decoded @return ?self none: no thumbnail has such a name */
    public static function named(string $name): ?self
    {
        if (preg_match(SIZE, $name, $found, PREG_OFFSET_CAPTURE) !== 1) {
            return null;
        }
        $stem = substr($name, 0, $found[0][1]);
        $extension = $found['extension'][0];
        $type = TYPES[strtolower($extension)] ?? null;
        // Nothing hidden, nothing that leads elsewhere, and no thumbnails of thumbnails.
        $parts = explode('/', $stem);
        $plain = preg_grep('/^[^.\x00-\x1f\x7f\\\\][^\x00-\x1f\x7f\\\\]*$/Du', $parts);
        if ($type === null || $plain !== $parts || strlen(end($parts)) > 200 || $parts[0] === 'cache') {
            return null;
        }
        return new self("$stem.$extension", $name, (int) $found['width'][0], (int) $found['height'][0], $type);
    }
}
