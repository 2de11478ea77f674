<?php
// The relay, by libcurl: TLS as it is configured, or nothing; certificates are verified. One connection is kept for the
// messages that follow each other.
declare(strict_types=1);

namespace Ecommerce\Mail;

/** What became of a message. */
enum Outcome
{
    case Sent;
    /** The relay has gone since it was greeted: it has not heard of the message. */
    case NotReached;
    case Later;
    case Refused;
}

final class Relay
{
    private const CONNECT_SECONDS = 15;
    private readonly \CurlHandle $curl;
    private string $lastReply = '';

    /** @param array{host: string, port: int, tls: string, user?: string, password?: string, from: string, ca?: string} $settings */
    public function __construct(private readonly array $settings, private readonly int $limit)
    {
        $this->curl = curl_init();
    }

    /**
     * Connects, logs in and greets: what fails here is the relay's trouble, and no message's.
     * @param callable(): void $tick called every second or so
     * @return string what is wrong; '' when it is ready
     */
    public function trouble(callable $tick): string
    {
        $this->prepare($tick);
        curl_setopt_array($this->curl, [CURLOPT_CUSTOMREQUEST => 'NOOP', CURLOPT_NOBODY => true]);
        return curl_exec($this->curl) === false ? $this->problem() : '';
    }

    /** @return array{Outcome, string} and what the relay said */
    public function hand(string $recipient, string $message, callable $tick): array
    {
        $rest = fopen('php://memory', 'w+');
        fwrite($rest, $message);
        rewind($rest);
        $isHandedOver = false;
        $this->prepare($tick);
        curl_setopt_array($this->curl, [
            CURLOPT_MAIL_FROM => "<{$this->settings['from']}>",
            CURLOPT_MAIL_RCPT => ["<$recipient>"],
            CURLOPT_UPLOAD => true,
            CURLOPT_READFUNCTION => static function ($curl, $input, int $length) use ($rest, &$isHandedOver): string {
                $piece = (string) fread($rest, $length);
                $isHandedOver = $piece === '';
                return $piece;
            },
        ]);
        $isSent = curl_exec($this->curl) !== false;
        if ($isSent) {
            return [Outcome::Sent, ''];
        }
        if (in_array(curl_errno($this->curl), [CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT], true)) {
            return [Outcome::NotReached, $this->problem()];
        }
        // A refusal of the sender would hold for every message, so it is tried again.
        $concernsMessage = $isHandedOver || preg_match('/^(RCPT|DATA) failed/', curl_error($this->curl)) === 1;
        $isFinal = intdiv((int) curl_getinfo($this->curl, CURLINFO_RESPONSE_CODE), 100) === 5;
        return [$concernsMessage && $isFinal ? Outcome::Refused : Outcome::Later, $this->problem()];
    }

    private function prepare(callable $tick): void
    {
        ['host' => $host, 'port' => $port, 'tls' => $tls, 'from' => $from] = $this->settings;
        // Keeps the connection.
        curl_reset($this->curl);
        $this->lastReply = '';
        curl_setopt_array($this->curl, [
            // The path is the name to greet with.
            CURLOPT_URL => ($tls === 'tls' ? 'smtps' : 'smtp') . "://$host:$port/" . Message::domain($from),
            CURLOPT_USE_SSL => $tls === 'none' ? CURLUSESSL_NONE : CURLUSESSL_ALL,
            CURLOPT_PROTOCOLS => CURLPROTO_SMTP | CURLPROTO_SMTPS,
            CURLOPT_PROXY => '',
            CURLOPT_CONNECTTIMEOUT => self::CONNECT_SECONDS,
            CURLOPT_TIMEOUT => $this->limit,
            CURLOPT_FTP_RESPONSE_TIMEOUT => $this->limit,
            CURLOPT_NOSIGNAL => true,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_NOPROGRESS => false,
            CURLOPT_PROGRESSFUNCTION => static function () use ($tick): int {
                $tick();
                return 0;
            },
            CURLOPT_HEADERFUNCTION => function ($curl, string $line): int {
                $this->lastReply = trim($line);
                return strlen($line);
            },
        ]);
        if (isset($this->settings['user'])) {
            curl_setopt_array($this->curl, [
                CURLOPT_USERNAME => $this->settings['user'],
                CURLOPT_PASSWORD => $this->settings['password'],
            ]);
        }
        if (isset($this->settings['ca'])) {
            curl_setopt($this->curl, CURLOPT_CAINFO_BLOB, $this->settings['ca']);
        }
    }

    private function problem(): string
    {
        $reply = preg_match('/^[45]\d\d/', $this->lastReply) === 1 ? ", it says: $this->lastReply" : '';
        return "{$this->settings['host']}:{$this->settings['port']}: " . curl_error($this->curl) . $reply;
    }
}
