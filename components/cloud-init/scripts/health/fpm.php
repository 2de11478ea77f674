<?php
// Asks PHP-FPM itself, in its own protocol (FastCGI), about the shop's workers.
declare(strict_types=1);

namespace Ecommerce\Health;

/** Where the shop's pool listens, and where FPM tells of it by a process of its own: `php-pools.ts`. */
const SHOP_SOCKET = '/run/php/ecommerce.sock';
const STATUS_SOCKET = '/run/php/ecommerce-status.sock';
/** What Linux says when a queue is full. */
const EAGAIN = 11;

/** Nobody listens there, or nobody answered in time. */
final class Silent extends \RuntimeException
{
    /** @param bool $isFull somebody listens, and has as many waiting as may wait */
    public function __construct(string $message, public readonly bool $isFull = false)
    {
        parent::__construct($message);
    }
}

/** How many bytes follow, as FastCGI writes it. */
function length(string $text): string
{
    return strlen($text) < 128 ? chr(strlen($text)) : pack('N', strlen($text) | 0x80000000);
}

/** One record of request 1. */
function record(int $type, string $content): string
{
    return pack('CCnnCx', 1, $type, 1, strlen($content), 0) . $content;
}

/**
 * @param string $path `/fpm-status` or `/fpm-ping`
 * @param float $patience seconds
 * @return string the answer's body
 * @throws Silent
 */
function ask(string $socket, string $path, string $query, float $patience): string
{
    $until = microtime(true) + $patience;
    $stream = @stream_socket_client("unix://$socket", $code, $message, $patience);
    if (!$stream) {
        throw new Silent("$socket: $message", $code === EAGAIN);
    }
    $parameters = '';
    $environment = [
        'SCRIPT_NAME' => $path, 'SCRIPT_FILENAME' => $path, 'REQUEST_URI' => "$path?$query", 'QUERY_STRING' => $query,
        'REQUEST_METHOD' => 'GET', 'SERVER_PROTOCOL' => 'HTTP/1.1', 'GATEWAY_INTERFACE' => 'CGI/1.1',
    ];
    foreach ($environment as $name => $value) {
        $parameters .= length($name) . length($value) . $name . $value;
    }
    // 1: begin, as a responder; 4: parameters and their end; 5: nothing more.
    fwrite($stream, record(1, pack('nCx5', 1, 0)) . record(4, $parameters) . record(4, '') . record(5, ''));
    $answer = '';
    while (true) {
        ['type' => $type, 'length' => $size, 'padding' => $padding] = unpack('Cversion/Ctype/nid/nlength/Cpadding/x', take($stream, 8, $until));
        $content = $size > 0 ? take($stream, $size, $until) : '';
        if ($padding > 0) {
            take($stream, $padding, $until);
        }
        // 3: the end; 6: output.
        if ($type === 3) {
            return explode("\r\n\r\n", $answer, 2)[1] ?? '';
        }
        $answer .= $type === 6 ? $content : '';
    }
}

/** @param resource $stream @throws Silent */
function take($stream, int $bytes, float $until): string
{
    $got = '';
    while (strlen($got) < $bytes) {
        $left = $until - microtime(true);
        [$read, $none] = [[$stream], null];
        if ($left <= 0 || stream_select($read, $none, $none, (int) $left, (int) (1_000_000 * ($left - (int) $left))) !== 1) {
            throw new Silent('no answer');
        }
        $part = fread($stream, $bytes - strlen($got));
        if ($part === '' || $part === false) {
            throw new Silent('hung up');
        }
        $got .= $part;
    }
    return $got;
}
