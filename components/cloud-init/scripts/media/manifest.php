<?php
// What was the same on this server and in the container when they were last compared; only that can be missed later.
declare(strict_types=1);

namespace Ecommerce\Media;

final class Manifest
{
    private const FILE = STATE . '/manifest.json';
    /** What the page for missing pictures has fetched meanwhile. */
    private const FETCHED = STATE . '/fetched';

    private bool $changed = false;

    /**
     * @param array<string, string> $synced MD5 by name
     * @param array<string, string> $shipped MD5 of what the release brought along, which no container knows
     */
    private function __construct(private array $synced, private array $shipped)
    {
    }

    public static function exists(): bool
    {
        return is_file(self::FILE);
    }

    /** Without one nothing was ever the same, so nothing is deleted. */
    public static function load(): self
    {
        $kept = json_decode((string) @file_get_contents(self::FILE), true);
        return new self($kept['synced'] ?? [], $kept['shipped'] ?? []);
    }

    /** @param array<string, string> $shipped what is there before the first comparison */
    public static function begin(array $shipped): self
    {
        $manifest = new self([], $shipped);
        $manifest->changed = true;
        $manifest->save();
        return $manifest;
    }

    public function synced(string $name): ?string
    {
        return $this->synced[$name] ?? null;
    }

    public function shipped(string $name): ?string
    {
        return $this->shipped[$name] ?? null;
    }

    /** @return string[] */
    public function names(): array
    {
        return array_keys($this->synced + $this->shipped);
    }

    public function note(string $name, string $hash): void
    {
        $this->changed = $this->changed || $this->synced($name) !== $hash || isset($this->shipped[$name]);
        $this->synced[$name] = $hash;
        unset($this->shipped[$name]);
    }

    public function forget(string $name): void
    {
        $this->changed = true;
        unset($this->synced[$name], $this->shipped[$name]);
    }

    /** For the page for missing pictures, which is another process. */
    public static function tell(string $name, string $hash): void
    {
        file_put_contents(self::FETCHED, json_encode([$name, $hash]) . "\n", FILE_APPEND | LOCK_EX);
    }

    public function hear(): void
    {
        $told = @fopen(self::FETCHED, 'r+');
        if (!$told) {
            return;
        }
        flock($told, LOCK_EX);
        while (($line = fgets($told)) !== false) {
            $this->note(...json_decode($line, true));
        }
        ftruncate($told, 0);
        fclose($told);
    }

    public function save(): void
    {
        if ($this->changed) {
            keep(self::FILE, json_encode(['synced' => $this->synced, 'shipped' => $this->shipped], JSON_THROW_ON_ERROR));
            $this->changed = false;
        }
    }
}
