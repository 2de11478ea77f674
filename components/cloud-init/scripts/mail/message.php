<?php
// A message as PHP's mail() hands it over, made fit for a relay.
declare(strict_types=1);

namespace Ecommerce\Mail;

final class Message
{
    /** @param string[] $recipients */
    private function __construct(public readonly array $recipients, public readonly string $text)
    {
    }

    /** @throws \InvalidArgumentException when it names nobody, or somebody who cannot be */
    public static function read(string $input): self
    {
        $text = (string) preg_replace('/\r\n|\r|\n/', "\r\n", $input);
        [$head, $body] = explode("\r\n\r\n", $text, 2) + [1 => ''];
        $fields = [];
        $recipients = [];
        $names = [];
        $from = '';
        // A field may go on in lines that begin with a space.
        foreach (preg_split('/\r\n(?![ \t])/', trim($head, "\r\n")) ?: [] as $field) {
            [$name, $value] = explode(':', $field, 2) + [1 => ''];
            $name = strtolower(trim($name));
            if (in_array($name, ['to', 'cc', 'bcc'], true)) {
                array_push($recipients, ...self::addresses($value));
            }
            // Whom else it goes to is nobody's business; Return-Path is written by who delivers it.
            if (in_array($name, ['bcc', 'return-path'], true)) {
                continue;
            }
            if ($name === 'from') {
                $from = self::addresses($value)[0] ?? '';
            }
            $names[$name] = true;
            $fields[] = $field;
        }
        if ($recipients === []) {
            throw new \InvalidArgumentException('the message names no recipient');
        }
        // The same at every attempt, so that who gets a message twice can tell.
        if (!isset($names['message-id'])) {
            $fields[] = 'Message-ID: <' . bin2hex(random_bytes(16)) . '@' . (self::domain($from) ?: 'localhost') . '>';
        }
        if (!isset($names['date'])) {
            $fields[] = 'Date: ' . date(DATE_RFC2822);
        }
        return new self(array_values(array_unique($recipients)), implode("\r\n", $fields) . "\r\n\r\n" . $body);
    }

    public static function domain(string $address): string
    {
        return substr((string) strrchr($address, '@'), 1);
    }

    /** @return string[] of `a@example.com, "B, C" <b@example.com>` */
    private static function addresses(string $list): array
    {
        $found = [];
        // Commas inside quotes part nothing.
        preg_match_all('/(?:"(?:[^"\\\\]|\\\\.)*"|[^,"])+/s', $list, $parts);
        foreach ($parts[0] as $part) {
            $address = trim((string) preg_replace('/"(?:[^"\\\\]|\\\\.)*"/s', '', $part));
            if (preg_match('/<([^<>]*)>\s*$/', $address, $inner) === 1) {
                $address = trim($inner[1]);
            }
            if ($address === '') {
                continue;
            }
            if (preg_match('/^[^\s<>@\x00-\x1f\x7f]{1,64}@[^\s<>@\x00-\x1f\x7f]{1,255}$/', $address) !== 1) {
                throw new \InvalidArgumentException('the message names a recipient that is no address');
            }
            $found[] = $address;
        }
        return $found;
    }
}
