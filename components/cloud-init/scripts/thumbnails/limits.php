<?php
// How much anybody can make this server do and keep by asking for thumbnails. Sizes that the shop's settings name are made
// whenever they are asked for; other sizes, of extensions or of somebody's invention, are rationed.
declare(strict_types=1);

namespace Ecommerce\Thumbnails;

return [
    // Pixels along one side of a size that the settings name, and of any other; and in all of another one's.
    'side' => 5000,
    'otherSide' => 2000,
    'otherPixels' => 1_500_000,
    // Other sizes that may be made at once, and a second from then on.
    'burst' => 200,
    'perSecond' => 2.0,
    // Other sizes that are kept: files and bytes.
    'otherFiles' => 2000,
    'otherBytes' => 128 << 20,
    // All that is kept: files, and a share of the disk between two numbers of bytes.
    'files' => 200_000,
    'share' => 0.1,
    'leastBytes' => 256 << 20,
    'mostBytes' => 20 << 30,
    // With less of the disk free nothing is kept.
    'free' => 0.05,
    // New files and bytes after which it is looked whether there are too many.
    'newFiles' => 256,
    'newBytes' => 64 << 20,
];
