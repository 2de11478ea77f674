<?php
// Keeps the shop's uploads and the container the same, for as long as the server lives. With the word `first` it only
// fetches what there is, before the shop opens: 0 when all is here, 75 when Swift is away, 1 when it refuses us.
declare(strict_types=1);

namespace Ecommerce\Media;

foreach (['settings', 'http', 'swift', 'trees', 'thumbnails', 'files', 'manifest', 'decide'] as $part) {
    require __DIR__ . "/$part.php";
}

final class Sync
{
    /** Seconds between two looks at the files, and at the container. */
    private const LOOK = 1;
    private const LISTING = 5;
    private const LONGEST_PAUSE = 30;
    /** Steps after which the manifest is saved, whatever else is to be done. */
    private const SAVING = 500;

    private readonly Files $files;
    /** @var array<string, string> MD5 by name: the last listing, and what we have done since */
    private array $there = [];
    /** @var array<string, array{int, int}> what Swift or the disk does not take: when to try again, and the pause then */
    private array $later = [];
    /** When the container is listed again. */
    private float $listing = 0.0;
    private string $wrong = '';

    public function __construct(private readonly Swift $swift, private Manifest $manifest)
    {
        $this->files = new Files();
    }

    /** What lies there now came with the release. */
    public static function begin(): void
    {
        $files = new Files();
        $shipped = [];
        foreach ($files->look() as $name) {
            $shipped[$name] = (string) $files->hashOf($name);
        }
        Manifest::begin($shipped);
    }

    public function run(): never
    {
        $pause = self::LISTING;
        while (true) {
            try {
                $this->compare();
                $this->say('', 'Swift answers again');
                $pause = self::LISTING;
                // At most a tenth of a processor, however many files there are.
                $rest = max(self::LOOK, 10 * $this->files->seconds);
            } catch (\RuntimeException $error) {
                // However a Swift that is away may show itself.
                $what = $error instanceof Unavailable && !$error->isRefusal ? 'away' : $error->getMessage();
                $this->say($what, "{$error->getMessage()}; trying again until it works");
                $this->listing = 0.0;
                $rest = $pause;
                $pause = min(self::LONGEST_PAUSE, 2 * $pause);
            }
            usleep((int) (1_000_000 * min(self::LONGEST_PAUSE, $rest)));
        }
    }

    /** One comparison of everything. @throws Unavailable */
    public function compare(): void
    {
        $begun = microtime(true);
        // A page waits for what other servers have taken.
        if (@unlink(STATE . '/wanted') || $begun >= $this->listing) {
            $this->there = array_filter($this->swift->list(), fn (string $name): bool => placeOf($name) !== null, ARRAY_FILTER_USE_KEY);
            // Large containers less often.
            $this->listing = microtime(true) + max(self::LISTING, 5 * (microtime(true) - $begun));
        }
        $this->manifest->hear();
        $names = array_flip([...$this->files->look(), ...array_keys($this->there), ...$this->manifest->names()]);
        // Files before the folders that they are in: those can be deleted only then.
        krsort($names, SORT_STRING);
        $seeding = $this->there === [];
        $count = 0;
        try {
            foreach (array_keys($names) as $name) {
                $count += $this->settle((string) $name, $seeding) ? 1 : 0;
                if ($count % self::SAVING === self::SAVING - 1) {
                    $this->manifest->save();
                }
            }
        } finally {
            $this->manifest->save();
        }
        // For pages that wait for what they took: all that was there by then is the same on both sides.
        file_put_contents(STATE . '/compared', (string) $begun);
    }

    /** @return bool whether anything was done */
    private function settle(string $name, bool $seeding): bool
    {
        if ($this->files->isBusy($name) || ($this->later[$name][0] ?? 0) > time()) {
            return false;
        }
        try {
            $here = $this->files->hashOf($name);
            $known = [$this->manifest->synced($name), $this->manifest->shipped($name)];
            $step = decide($here, $this->there[$name] ?? null, ...[...$known, $seeding]);
            if ($step === Step::Nothing) {
                return false;
            }
            $this->take($step, $name, (string) $here);
            unset($this->later[$name]);
        } catch (Refused $error) {
            $pause = min(3600, 2 * ($this->later[$name][1] ?? 15));
            if (!isset($this->later[$name])) {
                say("$name: {$error->getMessage()}; trying again later");
            }
            $this->later[$name] = [time() + $pause, $pause];
        }
        return true;
    }

    private function take(Step $step, string $name, string $here): void
    {
        switch ($step) {
            case Step::Note:
                $this->manifest->note($name, $here);
                break;
            case Step::Forget:
                $this->manifest->forget($name);
                break;
            case Step::PutNew:
                // Another server's is found by the next listing.
                if ($this->swift->put($name, (string) placeOf($name), $here, onlyNew: true)) {
                    $this->haveBoth($name, $here);
                }
                break;
            case Step::PutChanged:
                if ($this->isStillThere($name)) {
                    $this->swift->put($name, (string) placeOf($name), $here, onlyNew: false);
                    forgetThumbnails((string) placeOf($name));
                    $this->haveBoth($name, $here);
                }
                break;
            case Step::Fetch:
                $hash = Files::fetch($this->swift, $name, $here);
                if ($hash !== null) {
                    $this->haveBoth($name, $hash);
                } else {
                    unset($this->there[$name]);
                }
                break;
            case Step::DropThere:
                if ($this->isStillThere($name)) {
                    $this->swift->delete($name);
                    unset($this->there[$name]);
                    $this->manifest->forget($name);
                }
                break;
            case Step::DropHere:
                // Listings lag behind; the object itself does not.
                $there = $this->swift->hashOf($name);
                if ($there !== null) {
                    $this->there[$name] = $there;
                } elseif ($this->files->remove($name) || str_ends_with($name, '/')) {
                    $this->manifest->forget($name);
                }
        }
    }

    private function haveBoth(string $name, string $hash): void
    {
        $this->there[$name] = $hash;
        $this->manifest->note($name, $hash);
    }

    /** Whether the object is what the listing said: another server may have changed it since. */
    private function isStillThere(string $name): bool
    {
        $hash = $this->swift->hashOf($name);
        $same = $hash === ($this->there[$name] ?? null);
        if ($hash === null) {
            unset($this->there[$name]);
        } else {
            $this->there[$name] = $hash;
        }
        return $same;
    }

    /** @param string $what is wrong, which is said once; '' when nothing is, which is said when something was */
    private function say(string $what, string $text): void
    {
        if ($what !== $this->wrong) {
            say($text);
            $this->wrong = $what;
        }
    }
}

$swift = new Swift(settings(), 600);
if (($argv[1] ?? '') !== 'first') {
    (new Sync($swift, Manifest::load()))->run();
}
if (!Manifest::exists()) {
    Sync::begin();
}
try {
    (new Sync($swift, Manifest::load()))->compare();
} catch (Unavailable $error) {
    say($error->getMessage());
    exit($error->isRefusal ? 1 : 75);
}
