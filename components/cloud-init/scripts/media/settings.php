<?php
// Where things are: this server's settings, its own state, and the three trees that every app server shares.
declare(strict_types=1);

namespace Ecommerce\Media;

/** Kept by the sync and the page for missing pictures, who are the same user. */
const STATE = '/var/lib/ecommerce/media';

/** Where files are on this server, by the first part of their objects' names, in its order. */
const TREES = [
    'download' => '/var/lib/ecommerce/storage/download',
    'image' => '/var/www/shop/image/catalog',
    'upload' => '/var/lib/ecommerce/storage/upload',
];

/** @return array{authUrl: string, containerUrl: string, credentialId: string, secret: string} */
function settings(): array
{
    return json_decode((string) file_get_contents('/etc/ecommerce/media.json'), true, 8, JSON_THROW_ON_ERROR);
}

function say(string $text): void
{
    fwrite(STDERR, "ecommerce: $text\n");
}

/** Whole or not at all, and read by nobody else. */
function keep(string $file, string $content): void
{
    $draft = tempnam(dirname($file), '.keep-');
    if ($draft === false || file_put_contents($draft, $content) !== strlen($content) || !rename($draft, $file)) {
        throw new \RuntimeException("$file cannot be written");
    }
}
