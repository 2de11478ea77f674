<?php
// One container in Swift, as the server's own credential sees it.
declare(strict_types=1);

namespace Ecommerce\Media;

/** Swift is there, and does not want this one object. */
final class Refused extends \RuntimeException
{
}

final class Swift
{
    /** Names asked for at a time. */
    private const PAGE = 5000;
    /** Seconds before its end in which a token is not used any more. */
    private const SPARE = 120;
    private const TOKEN = STATE . '/token.json';

    private readonly Http $http;

    /**
     * @param array{authUrl: string, containerUrl: string, credentialId: string, secret: string} $settings
     * @param int $patience see Http
     */
    public function __construct(private readonly array $settings, int $patience, ?\Closure $meanwhile = null)
    {
        $this->http = new Http($patience, $meanwhile);
    }

    /**
     * What is in the container, in the order of the names, byte by byte; a page is asked for when it is needed.
     * @return \Generator<string, array{string, int}> MD5 and bytes by name
     */
    public function list(string $prefix = '', string $marker = '', int $limit = self::PAGE): \Generator
    {
        do {
            $answer = $this->ask('GET', '?' . http_build_query(['format' => 'json'] + compact('limit', 'prefix', 'marker')));
            if ($answer['status'] !== 200) {
                throw new Unavailable("Swift answers {$answer['status']} for the container", $answer['status'] < 500);
            }
            // Pages may be shorter than asked for; only an empty one is the last.
            $page = json_decode($answer['body'], true, 8, JSON_THROW_ON_ERROR);
            foreach ($page as ['name' => $name, 'hash' => $hash, 'bytes' => $bytes, 'content_type' => $type]) {
                if (strcmp($name, $marker) <= 0) {
                    throw new Unavailable('Swift does not list names in the order of their bytes', true);
                }
                $marker = $name;
                // Some tools mark folders by what would be a file to us.
                if ($type !== 'application/directory' || str_ends_with($name, '/')) {
                    yield $name => [$hash, $bytes];
                }
            }
        } while ($page !== []);
    }

    /** @return ?string the object's MD5 as of now; none: it is not there */
    public function hashOf(string $name): ?string
    {
        return $this->found('HEAD', $name)['etag'] ?? null;
    }

    /**
     * @param string $file to make of it
     * @param string $have MD5 of what is known already: then there will be nothing in the file
     * @return ?string its MD5; none: it is not there
     */
    public function get(string $name, string $file, string $have = ''): ?string
    {
        $to = @fopen($file, 'xb') ?: throw new Refused("$file cannot be written");
        try {
            $answer = $this->found('GET', $name, $have === '' ? [] : ["If-None-Match: \"$have\""], to: $to);
        } finally {
            fclose($to);
        }
        if ($answer === null || $answer['status'] === 304) {
            return $answer === null ? null : $have;
        }
        if (md5_file($file) !== $answer['etag']) {
            throw new Refused('it does not have the MD5 that Swift tells of it');
        }
        return $answer['etag'];
    }

    /**
     * @param string $hash MD5 of the file, which Swift compares
     * @param bool $onlyNew not when there is an object of that name already
     * @return bool whether it was taken; not: there is one
     */
    public function put(string $name, string $file, string $hash, bool $onlyNew): bool
    {
        $folder = str_ends_with($name, '/');
        $from = @fopen($folder ? '/dev/null' : $file, 'rb') ?: throw new Refused('it cannot be read');
        $headers = ["ETag: $hash", 'Content-Type: ' . ($folder ? 'application/directory' : 'application/octet-stream')];
        try {
            $size = $folder ? 0 : fstat($from)['size'];
            $answer = $this->ask('PUT', $this->path($name), [...$headers, ...($onlyNew ? ['If-None-Match: *'] : [])], $from, $size);
        } finally {
            fclose($from);
        }
        if ($answer['status'] === 412) {
            return false;
        }
        $this->mustBe([201], $answer);
        return true;
    }

    /** Makes an empty object. @param int $life seconds until it is gone */
    public function mark(string $name, int $life): void
    {
        $this->mustBe([201], $this->ask('PUT', $this->path($name), ["X-Delete-After: $life"], ''));
    }

    public function delete(string $name): void
    {
        $this->mustBe([204, 404], $this->ask('DELETE', $this->path($name)));
    }

    /** @return ?array{status: int, body: string, etag: string} */
    private function found(string $method, string $name, array $headers = [], mixed $to = null): ?array
    {
        $answer = $this->ask($method, $this->path($name), $headers, to: $to);
        $this->mustBe([200, 204, 304, 404], $answer);
        return $answer['status'] === 404 ? null : $answer;
    }

    private function mustBe(array $statuses, array $answer): void
    {
        if (!in_array($answer['status'], $statuses, true)) {
            throw new Refused("Swift answers {$answer['status']}");
        }
    }

    private function path(string $name): string
    {
        return '/' . implode('/', array_map('rawurlencode', explode('/', $name)));
    }

    /**
     * @param string $path behind the container's URL
     * @return array{status: int, body: string, etag: string}
     */
    private function ask(string $method, string $path, array $headers = [], mixed $from = null, int $size = 0, mixed $to = null): array
    {
        foreach ([false, true] as $anew) {
            $answer = $this->http->send($method, $this->settings['containerUrl'] . $path, [...$headers, "X-Auth-Token: {$this->token($anew)}"], $from, $size, $to);
            if ($answer['status'] !== 401) {
                break;
            }
            foreach (array_filter([$from, $to]) as $stream) {
                rewind($stream);
            }
            if ($to) {
                ftruncate($to, 0);
            }
        }
        if (in_array($answer['status'], [401, 403], true)) {
            throw new Unavailable("Swift answers {$answer['status']} to this server's credential", true);
        }
        if ($answer['status'] >= 500 || $answer['status'] === 429) {
            throw new Unavailable("Swift answers {$answer['status']}");
        }
        return $answer;
    }

    /** Kept in a file, for the page for missing pictures lives for one request only. */
    private function token(bool $anew): string
    {
        $kept = $anew ? null : json_decode((string) @file_get_contents(self::TOKEN), true);
        if ($kept && $kept['until'] > time() && $kept['credential'] === $this->settings['credentialId']) {
            return $kept['token'];
        }
        ['credentialId' => $id, 'secret' => $secret] = $this->settings;
        $identity = ['methods' => ['application_credential'], 'application_credential' => ['id' => $id, 'secret' => $secret]];
        $body = json_encode(['auth' => ['identity' => $identity]], JSON_THROW_ON_ERROR);
        $answer = $this->http->send('POST', "{$this->settings['authUrl']}/auth/tokens", ['Content-Type: application/json'], $body);
        if ($answer['status'] !== 201) {
            throw new Unavailable("Keystone answers {$answer['status']} to this server's credential", $answer['status'] < 500);
        }
        $until = strtotime(json_decode($answer['body'], true)['token']['expires_at']) - self::SPARE;
        keep(self::TOKEN, json_encode(['credential' => $id, 'token' => $answer['token'], 'until' => $until]));
        return $answer['token'];
    }
}
