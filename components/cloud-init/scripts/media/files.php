<?php
// The server's own files: what they hold, and how they change.
declare(strict_types=1);

namespace Ecommerce\Media;

final class Files
{
    /** @var array<string, ?array{int, int, int}> as of the last look */
    private array $seen = [];
    /** @var array<string, array{array{int, int, int}, int, string}> how the file was, when, and its MD5 then */
    private array $hashes = [];
    /** What the last look took. */
    public float $seconds = 0.0;

    /** @return string[] names of what is there */
    public function look(): array
    {
        $begun = microtime(true);
        $this->seen = scan();
        $this->hashes = array_intersect_key($this->hashes, $this->seen);
        $this->seconds = microtime(true) - $begun;
        return array_keys($this->seen);
    }

    /** Whether it is still being written, as far as one can tell. */
    public function isBusy(string $name): bool
    {
        $changed = $this->seen[$name][1] ?? 0;
        return $changed >= time() && $changed <= time() + 2;
    }

    /** @return ?string MD5; none: it was not there at the last look. @throws Refused when it cannot be read */
    public function hashOf(string $name): ?string
    {
        if (!array_key_exists($name, $this->seen)) {
            return null;
        }
        $stat = $this->seen[$name];
        if ($stat === null) {
            return FOLDER;
        }
        [$then, $at, $hash] = $this->hashes[$name] ?? [null, 0, ''];
        // Times are in seconds: in the second of a change there may be another one.
        if ($then === $stat && $stat[1] < $at - 1) {
            return $hash;
        }
        $hash = @md5_file((string) placeOf($name));
        if ($hash === false) {
            throw new Refused('it cannot be read');
        }
        $this->hashes[$name] = [$stat, time(), $hash];
        return $hash;
    }

    /**
     * Fetches an object beside its place and then puts it there, so that nobody ever reads half of it.
     * @return ?string its MD5; none: it is not there any more
     */
    public static function fetch(Swift $swift, string $name, string $have = ''): ?string
    {
        $place = (string) placeOf($name);
        makeFolderOf($place);
        if (str_ends_with($name, '/')) {
            if (!is_dir($place) && !@mkdir($place, 0755)) {
                throw new Refused("$place cannot be made");
            }
            return FOLDER;
        }
        // Hidden, so that neither the sync nor Apache takes it for a file of the shop's.
        $draft = dirname($place) . '/.media-' . bin2hex(random_bytes(8));
        try {
            $hash = $swift->get($name, $draft, $have);
            if ($hash !== null && $hash !== $have) {
                chmod($draft, 0644);
                if (is_dir($place) || !rename($draft, $place)) {
                    throw new Refused("$place cannot be written");
                }
                forgetThumbnails($place);
            }
            return $hash;
        } finally {
            if (file_exists($draft)) {
                unlink($draft);
            }
        }
    }

    /** @return bool false: it has changed since the last look, or others are in the folder */
    public function remove(string $name): bool
    {
        $place = (string) placeOf($name);
        if (str_ends_with($name, '/')) {
            return @rmdir($place);
        }
        $stat = @lstat($place);
        if ($stat === false || [$stat['size'], $stat['mtime'], $stat['ino']] !== $this->seen[$name] || !unlink($place)) {
            return false;
        }
        forgetThumbnails($place);
        return true;
    }
}
