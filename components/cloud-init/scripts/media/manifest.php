<?php
// What was the same on this server and in the container when they were last compared; only that can be missed later.
declare(strict_types=1);

namespace Ecommerce\Media;

/**
 * A line for each name, in their order, so that it is read and written beside the comparison, however many there are. Its parts:
 * name, MD5 that both had, MD5 of what the release brought along and no container knows, the file's state, its MD5 then.
 */
final class Manifest
{
    private const FILE = STATE . '/manifest';
    /** What the page for missing pictures has fetched meanwhile. */
    private const FETCHED = STATE . '/fetched';
    public const UNKNOWN = ['', '', '', ''];

    /** @var array<string, string> MD5 by name: newer than the line */
    private array $told = [];
    /** @var resource|false|null what replaces the file; not before anything has changed; false: the disk does not take it */
    private mixed $draft = null;
    /** Bytes at the file's beginning that stay as they are. */
    private int $same = 0;

    public static function exists(): bool
    {
        return is_file(self::FILE);
    }

    /** Begins a new one. Without an old one nothing was ever the same, so nothing is deleted. @return \Generator<string, string> its lines by name */
    public function lines(): \Generator
    {
        // At once; what is in a generator waits until somebody reads it.
        [$this->draft, $this->same] = [null, 0];
        return $this->read();
    }

    private function read(): \Generator
    {
        $file = @fopen(self::FILE, 'rb');
        while ($file && ($line = fgets($file)) !== false) {
            yield strstr($line, "\t", true) => $line;
        }
    }

    /** @return string[] the parts behind the name */
    public function parse(string $name, string $line): array
    {
        $known = $line === '' ? self::UNKNOWN : array_slice(explode("\t", rtrim($line, "\n")), 1);
        return isset($this->told[$name]) ? [$this->told[$name], '', $known[2], $known[3]] : $known;
    }

    /** The next name's, in the place of the line before. @param string[] $known nothing: it is forgotten */
    public function write(string $name, string $before, array $known): void
    {
        unset($this->told[$name]);
        $this->put($before, in_array($known, [[], self::UNKNOWN], true) ? '' : implode("\t", [$name, ...$known]) . "\n");
    }

    /** @param \Generator $rest lines that stay as they are. @return bool whether the disk has taken it */
    public function finish(\Generator $rest): bool
    {
        for (; $rest->valid(); $rest->next()) {
            $this->put($rest->current(), $rest->current());
        }
        if ($this->draft) {
            return fclose($this->draft) && rename(self::FILE . '.draft', self::FILE);
        }
        return $this->draft === null;
    }

    private function put(string $before, string $line): void
    {
        if ($this->draft === null && $line === $before) {
            $this->same += strlen($line);
            return;
        }
        if ($this->draft === null) {
            $this->draft = fopen(self::FILE . '.draft', 'wb');
            $old = $this->same ? fopen(self::FILE, 'rb') : null;
            if ($old && stream_copy_to_stream($old, $this->draft, $this->same) !== $this->same) {
                $this->draft = false;
            }
        }
        if ($this->draft && @fwrite($this->draft, $line) !== strlen($line)) {
            $this->draft = false;
        }
    }

    /** Of now, while lines are being read and written, and for the case that this process is killed before it has written its own. */
    public function note(string $name, string $hash): void
    {
        $this->told[$name] = $hash;
        self::tell($name, $hash);
    }

    /** For the page for missing pictures, which is another process. */
    public static function tell(string $name, string $hash): void
    {
        @file_put_contents(self::FETCHED, json_encode([$name, $hash]) . "\n", FILE_APPEND | LOCK_EX);
    }

    public function hear(): void
    {
        $told = @fopen(self::FETCHED, 'r+');
        if (!$told) {
            return;
        }
        flock($told, LOCK_EX);
        while (($line = fgets($told)) !== false) {
            // The disk may have been full.
            [$name, $hash] = json_decode($line, true) ?? ['', ''];
            $this->told[$name] = $hash;
        }
        ftruncate($told, 0);
        fclose($told);
    }
}
