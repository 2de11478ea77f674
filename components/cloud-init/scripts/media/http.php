<?php
// Requests to Keystone and Swift.
declare(strict_types=1);

namespace Ecommerce\Media;

/** Keystone or Swift is away, or does not take the credential; the next try may find it otherwise. */
final class Unavailable extends \RuntimeException
{
    /** @param bool $isRefusal it is there, but not for us */
    public function __construct(string $message, public readonly bool $isRefusal = false)
    {
        parent::__construct($message);
    }
}

final class Http
{
    private \CurlHandle $curl;

    /**
     * @param int $patience seconds that one answer may take; 0: for ever, while anything comes
     * @param ?\Closure $meanwhile is called again and again while an answer takes its time
     */
    public function __construct(private readonly int $patience, private readonly ?\Closure $meanwhile = null)
    {
        // One for all requests, so that connections are kept.
        $this->curl = curl_init();
    }

    /**
     * @param mixed $from a stream to send, or text
     * @param int $size of what is in the stream
     * @param mixed $to a stream for the answer's body; none: it is returned
     * @return array{status: int, body: string, etag: string, token: string}
     * @throws Unavailable when there is no answer
     */
    public function send(string $method, string $url, array $headers, mixed $from = null, int $size = 0, mixed $to = null): array
    {
        $told = ['etag' => '', 'token' => ''];
        $body = '';
        curl_reset($this->curl);
        curl_setopt_array($this->curl, [
            CURLOPT_URL => $url,
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_NOBODY => $method === 'HEAD',
            // No waiting for permission to send.
            CURLOPT_HTTPHEADER => [...$headers, 'Expect:'],
            CURLOPT_CONNECTTIMEOUT => 3,
            CURLOPT_TIMEOUT => $this->patience,
            // A connection on which nothing comes for so many seconds is dead. Swift may need some for what it has got.
            CURLOPT_LOW_SPEED_LIMIT => 1,
            CURLOPT_LOW_SPEED_TIME => $size > 1_048_576 ? 120 : 20,
            CURLOPT_NOPROGRESS => $this->meanwhile === null,
            CURLOPT_PROGRESSFUNCTION => function (): int {
                ($this->meanwhile)();
                return 0;
            },
            CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
            CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$told): int {
                if (preg_match('/^(?:etag|x-subject-(token)):\s*"?([^"\s]*)/i', $line, $found)) {
                    $told[$found[1] === '' ? 'etag' : 'token'] = $found[2];
                }
                return strlen($line);
            },
            CURLOPT_WRITEFUNCTION => function ($curl, string $part) use (&$body, $to): int {
                if ($to && curl_getinfo($curl, CURLINFO_RESPONSE_CODE) === 200) {
                    return (int) @fwrite($to, $part);
                }
                $body .= $part;
                return strlen($part);
            },
        ]);
        if (is_resource($from)) {
            curl_setopt_array($this->curl, [CURLOPT_UPLOAD => true, CURLOPT_INFILE => $from, CURLOPT_INFILESIZE => $size]);
        } elseif (is_string($from)) {
            curl_setopt($this->curl, CURLOPT_POSTFIELDS, $from);
        }
        if (curl_exec($this->curl) === false) {
            throw new Unavailable(parse_url($url, PHP_URL_HOST) . ': ' . curl_error($this->curl));
        }
        return ['status' => curl_getinfo($this->curl, CURLINFO_RESPONSE_CODE), 'body' => $body, ...$told];
    }
}
