<?php
// OpenCart makes a thumbnail anew when its page is rendered and the original is newer. A server that is only asked for the
// thumbnail would go on showing the old one: whatever is made of a picture goes when the picture changes.
declare(strict_types=1);

namespace Ecommerce\Media;

const CACHE = '/var/www/shop/image/cache/catalog';

/** @param string $place of the original on this server */
function forgetThumbnails(string $place): void
{
    $below = substr($place, strlen(TREES['image']));
    if (!str_starts_with($place, TREES['image'] . '/') || preg_match('/^(.+)\.([^.\/]+)$/D', $below, $found) !== 1) {
        return;
    }
    $stem = CACHE . $found[1];
    $pattern = '/^' . preg_quote(basename($stem), '/') . '-\d+x\d+\.' . preg_quote($found[2], '/') . '$/D';
    foreach (preg_grep($pattern, @scandir(dirname($stem)) ?: []) as $name) {
        @unlink(dirname($stem) . "/$name");
    }
}
