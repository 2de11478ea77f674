<?php
// What was uploaded a moment ago, here or on another server, while everything is still being compared or one large file takes
// its time. Whatever is missed here, the comparison finds.
declare(strict_types=1);

namespace Ecommerce\Media;

final class Recent
{
    /** Begins names of empty objects that tell other servers of an upload: time and name follow. */
    private const NEWS = '.recent/';
    /** Seconds: for which they are looked for, which clocks may differ by, and until they are gone. */
    private const WINDOW = 600;
    private const LIFE = 3600;
    /** Seconds between two looks at the files, and at the news. */
    private const LOOK = 1;
    private const LISTING = 4;
    /** Bytes of a file that is not worth keeping others waiting. */
    private const LARGE = 33_554_432;
    /** Files of a moment ago that are not shipped once more. */
    private const REMEMBERED = 1000;

    /** @var array<string, string> paths of this server's folders by their prefix, as of the last comparison */
    public array $folders = [];
    /** Times: of the next looks, and since when files are new. */
    private float $next = INF;
    private float $listing = 0.0;
    private int $since;
    /** @var ?array<string, mixed> news that were heard before */
    private ?array $heard = null;
    /** @var array<string, string> MD5 by name */
    private array $shipped = [];
    private readonly Swift $swift;

    public function __construct(private readonly Manifest $manifest)
    {
        $this->swift = new Swift(settings(), 10);
    }

    public function begin(): void
    {
        [$this->next, $this->since] = [0.0, time() - self::LOOK];
    }

    public function look(): void
    {
        $begun = microtime(true);
        if ($begun < $this->next) {
            return;
        }
        $this->next = INF;
        $all = true;
        try {
            foreach ($this->folders as $prefix => $folder) {
                $all = $this->ship($folder, $prefix) && $all;
            }
            $this->since = (int) $begun - 3;
            $wanted = @unlink(STATE . '/wanted');
            if ($wanted || $begun >= $this->listing) {
                $this->hear((int) $begun);
                $this->listing = $begun + self::LISTING;
            }
            if ($all) {
                @file_put_contents(STATE . '/compared', (string) $begun);
            }
        } catch (\RuntimeException) {
            // The comparison says it, too.
        } finally {
            $this->next = microtime(true) + self::LOOK;
        }
    }

    /** @return bool whether all new files of a folder are in the container */
    private function ship(string $folder, string $prefix): bool
    {
        clearstatcache();
        // A file of the second that has not ended may still be written, and is looked at in the next one.
        if (@filemtime($folder) < $this->since) {
            return true;
        }
        $all = true;
        foreach (entriesOf($folder) as $entry) {
            [$name, $place] = [$prefix . $entry, "$folder/$entry"];
            $state = stateOf($place);
            if ($state === '' && !isset($this->folders["$name/"])) {
                $this->folders["$name/"] = $place;
                $all = $this->ship($place, "$name/") && $all;
            }
            [$size, $changed] = [...explode(' ', (string) $state), 0];
            if (!$state || $changed < $this->since) {
                continue;
            }
            try {
                $hash = isBusy($state) || $size > self::LARGE ? '' : hashOf($name);
                if ($hash !== '' && $hash === ($this->shipped[$name] ?? null)) {
                    continue;
                }
                if ($hash !== '' && $this->swift->put($name, $place, $hash, onlyNew: true)) {
                    $this->shipped = [$name => $hash] + array_slice($this->shipped, 0, self::REMEMBERED);
                    $this->manifest->note($name, $hash);
                    $this->swift->mark(self::NEWS . time() . "/$name", self::LIFE);
                    continue;
                }
            } catch (\RuntimeException) {
            }
            $all = false;
        }
        return $all;
    }

    /** Fetches what other servers tell of and is not here; what was told before this began is the comparison's. */
    private function hear(int $now): void
    {
        $news = iterator_to_array($this->swift->list(self::NEWS, self::NEWS . ($now - self::WINDOW)));
        foreach (array_keys(array_diff_key($news, $this->heard ?? $news)) as $one) {
            $name = explode('/', $one, 3)[2] ?? '';
            $place = placeOf($name);
            if ($place !== null && !file_exists($place) && hasRoom($name, self::LARGE)) {
                $hash = fetch($this->swift, $name);
                if ($hash !== null) {
                    $this->manifest->note($name, $hash);
                }
            }
        }
        $this->heard = $news;
    }
}
