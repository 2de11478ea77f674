<?php
// Keeps the shop's uploads and the container the same, for as long as the server lives. With the word `first` it only
// fetches what there is, before the shop opens: 0 when all is here, 75 when Swift is away, 1 when it refuses us.
declare(strict_types=1);

namespace Ecommerce\Media;

foreach (['settings', 'http', 'swift', 'trees', 'thumbnails', 'files', 'manifest', 'decide', 'recent'] as $part) {
    require __DIR__ . "/$part.php";
}

final class Late extends \Exception
{
}

final class Sync
{
    /** Seconds between two comparisons, and at most. */
    private const PAUSE = 3;
    private const LONGEST_PAUSE = 30;
    /** Names that are remembered for having been refused, and seconds until the first of them is tried again. */
    private const REFUSED = 10_000;
    private const AGAIN = 30;
    /** Seconds for which a shop stays closed until its uploads are there. */
    private const CLOSED = 600;
    /** Allows deletions here that a container emptied by mistake would cause too. */
    private const CONFIRMED = '.allow/deletions';

    private readonly Swift $swift;
    private readonly Recent $recent;
    private readonly Manifest $manifest;
    /** @var array<string, array{int, int}> what Swift or the disk does not take: when to try again, and the pause then */
    private array $later = [];
    /** @var array<string, string> what is wrong, by what it is about */
    private array $wrong = [];
    /** @var resource files that are not in the container any more, with their states */
    private mixed $gone;
    private int $goneCount = 0;
    private bool $isFull = false;
    /** Seconds of a comparison in which files were on their way. */
    private float $moving = 0.0;

    public function __construct(private readonly float $until = INF)
    {
        $this->manifest = new Manifest();
        $this->recent = new Recent($this->manifest);
        $this->swift = new Swift(settings(), 0, $this->recent->look(...));
    }

    /** What lies there now came with the release. */
    public static function begin(): void
    {
        $manifest = new Manifest();
        $lines = $manifest->lines();
        $folders = [];
        foreach (scan($folders) as $name => $state) {
            $manifest->write($name, '', ['', hashOf($name), '', '']);
        }
        $manifest->finish($lines) || throw new \RuntimeException('the disk is full');
    }

    /** @throws Unavailable */
    public static function first(): void
    {
        if (!Manifest::exists()) {
            self::begin();
        }
        try {
            (new self(time() + self::CLOSED))->compare();
        } catch (Late) {
            say('the shop opens while its uploads are still being fetched');
        }
    }

    public function run(): never
    {
        $pause = self::PAUSE;
        $this->recent->begin();
        while (true) {
            $begun = microtime(true);
            try {
                $this->compare();
                $this->say('swift', '', 'Swift answers again');
                $pause = self::PAUSE;
                // At most a sixth of the time, however many files there are.
                $rest = max(self::PAUSE, 5 * (microtime(true) - $begun - $this->moving));
            } catch (\RuntimeException $error) {
                // However a Swift that is away may show itself.
                $what = $error instanceof Unavailable && !$error->isRefusal ? 'away' : $error->getMessage();
                $this->say('swift', $what, "{$error->getMessage()}; trying again until it works");
                $rest = $pause;
                $pause = min(self::LONGEST_PAUSE, 2 * $pause);
            }
            for ($until = microtime(true) + $rest; microtime(true) < $until; usleep(200_000)) {
                $this->recent->look();
            }
        }
    }

    /** One comparison of everything, name by name, so that memory does not grow with them. @throws Unavailable */
    private function compare(): void
    {
        $begun = microtime(true);
        $this->manifest->hear();
        [$this->gone, $this->goneCount, $this->isFull, $this->moving] = [fopen('php://temp', 'w+b'), 0, false, 0.0];
        $folders = $dropped = [];
        $both = 0;
        $lines = $this->manifest->lines();
        $sources = [$lines, scan($folders), $this->listing()];
        try {
            $seeding = !$sources[2]->valid();
            while ($open = array_filter($sources, fn (\Generator $source): bool => $source->valid())) {
                $name = min(array_map(fn (\Generator $source): string => $source->key(), $open));
                $found = array_filter($open, fn (\Generator $source): bool => $source->key() === $name);
                [$line, $state, $object] = array_map(fn (int $of): mixed => ($found[$of] ?? null)?->current(), [0, 1, 2]);
                $known = $this->manifest->parse($name, $line ?? '');
                $both += $known[0] === '' ? 0 : 1;
                $this->manifest->write($name, $line ?? '', $this->settle($name, $state, $object, $known, $seeding));
                foreach ($found as $source) {
                    $source->next();
                }
                if (microtime(true) > $this->until) {
                    throw new Late();
                }
                $this->recent->look();
            }
        } finally {
            $saved = $this->manifest->finish($lines);
        }
        $this->recent->folders = $folders;
        $this->say('disk', $saved && !$this->isFull ? '' : 'full', $saved && !$this->isFull
            ? 'the disk has room again: uploads of other servers are fetched'
            : 'the disk is nearly full: uploads of other servers are not fetched, this one\'s are still shipped');
        $this->dropGone($seeding ? 1 : max(10, $both / 2));
        // For pages that wait for what they took: all that was there by then is the same on both sides.
        @file_put_contents(STATE . '/compared', (string) $begun);
    }

    /** @return \Generator<string, array{string, int}> of the container, what has a place here */
    private function listing(): \Generator
    {
        foreach ($this->swift->list() as $name => $object) {
            if (placeOf($name) !== null) {
                yield $name => $object;
            }
        }
    }

    /**
     * @param ?array{string, int} $object
     * @param string[] $known what the manifest says of it
     * @return string[] what it says from now on
     */
    private function settle(string $name, ?string $state, ?array $object, array $known, bool $seeding): array
    {
        $begun = microtime(true);
        if (($this->later[$name][0] ?? 0) > time() || ($state && isBusy($state))) {
            return $known;
        }
        try {
            [$synced, $shipped, $then, $hash] = $known;
            if ($state !== null && ($state !== $then || $hash === '')) {
                $hash = hashOf($name);
                // Times are in seconds: in the second of a change there may be another one.
                $known[2] = (int) (explode(' ', $state)[1] ?? 0) < time() - 1 ? $state : '-';
                $known[3] = $hash;
            }
            $here = $state === null ? null : $hash;
            $step = decide($here, $object[0] ?? null, $synced ?: null, $shipped ?: null, $seeding);
            if ($step === Step::Nothing) {
                return $known;
            }
            $known = $this->take($step, $name, $object, $known, (string) $here, (string) $state);
            unset($this->later[$name]);
        } catch (Refused | Unavailable $error) {
            // One object that Swift cannot give is no reason to keep the others waiting.
            if ($error instanceof Unavailable && ($error->isRefusal || !$this->isThere())) {
                throw $error;
            }
            $pause = min(3600, 2 * ($this->later[$name][1] ?? self::AGAIN / 2));
            if (!isset($this->later[$name])) {
                say("$name: {$error->getMessage()}; trying again later");
            }
            if (count($this->later) < self::REFUSED) {
                $this->later[$name] = [time() + $pause, $pause];
            }
        }
        $this->moving += microtime(true) - $begun;
        return $known;
    }

    /** Whether Swift answers at all. */
    private function isThere(): bool
    {
        try {
            $this->swift->list(limit: 1)->valid();
            return true;
        } catch (Unavailable) {
            return false;
        }
    }

    /** @return string[] as settle() */
    private function take(Step $step, string $name, ?array $object, array $known, string $here, string $state): array
    {
        $place = (string) placeOf($name);
        $there = $object[0] ?? '';
        $both = [$here, '', $known[2], $known[3]];
        switch ($step) {
            case Step::Note:
                return $both;
            case Step::Forget:
                return [];
            case Step::PutNew:
                // Another server's is found by the next listing.
                return $this->swift->put($name, $place, $here, onlyNew: true) ? $both : $known;
            case Step::PutChanged:
                // Another server may have changed it since.
                if ($this->swift->hashOf($name) !== $there) {
                    return $known;
                }
                $this->swift->put($name, $place, $here, onlyNew: false);
                forgetThumbnails($place);
                return $both;
            case Step::Fetch:
                if ($this->isFull || !hasRoom($name, $object[1])) {
                    $this->isFull = true;
                    return $known;
                }
                $hash = fetch($this->swift, $name, $here);
                return $hash === null ? $known : [$hash, '', stateOf($place) ?? '', $hash];
            case Step::DropThere:
                if (stateOf($place) !== null || $this->swift->hashOf($name) !== $there) {
                    return $known;
                }
                $this->swift->delete($name);
                return [];
            case Step::DropHere:
                fwrite($this->gone, "$name\t$state\n");
                $this->goneCount++;
        }
        return $known;
    }

    /** @param float $most more than so many at once need to be confirmed */
    private function dropGone(float $most): void
    {
        $refused = $this->goneCount > $most && $this->swift->hashOf(self::CONFIRMED) === null;
        $this->say('gone', $refused ? 'gone' : '', $refused
            ? "{$this->goneCount} uploads are not in the container any more: they stay here until that is confirmed, see docs/uploads.md"
            : 'what is not in the container any more goes again');
        if ($refused) {
            return;
        }
        rewind($this->gone);
        $folders = [];
        while (($line = fgets($this->gone)) !== false) {
            [$name, $state] = explode("\t", rtrim($line, "\n"));
            if (str_ends_with($name, '/')) {
                $folders[] = $name;
            } elseif ($this->swift->hashOf($name) === null) {
                // Listings lag behind; the object itself does not.
                remove($name, $state);
            }
        }
        // Folders after what is in them.
        foreach (array_reverse($folders) as $name) {
            remove($name, '');
        }
    }

    /** @param string $what is wrong, which is said once; '' when nothing is, which is said when something was */
    private function say(string $about, string $what, string $text): void
    {
        if ($what !== ($this->wrong[$about] ?? '')) {
            say($text);
            $this->wrong[$about] = $what;
        }
    }
}

if (($argv[1] ?? '') !== 'first') {
    (new Sync())->run();
}
try {
    Sync::first();
} catch (Unavailable $error) {
    say($error->getMessage());
    exit($error->isRefusal ? 1 : 75);
}
