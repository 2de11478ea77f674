<?php
// What the scripts in this folder share: what they say, how they end, what this server's release is.
declare(strict_types=1);

namespace Ecommerce;

require_once __DIR__ . '/../database.php';

const SHOP = '/var/www/shop';
/** How a script ends that is to be run again: the cause is expected to pass by itself. */
const TRY_AGAIN = 75;
/** How a script ends that waits for a person: it is run again until they have decided. */
const ASK_A_PERSON = 78;

function say(string $text): void
{
    fwrite(STDERR, "ecommerce: $text\n");
}

function giveUp(int $code, string $text): never
{
    say($text);
    exit($code);
}

/** @return array<string, mixed> */
function settings(string $name): array
{
    return json_decode((string) file_get_contents("/etc/ecommerce/$name.json"), true, 8, JSON_THROW_ON_ERROR);
}

/** The SHA-256 of the archive that this server's code came in; empty before there is any. */
function ownRelease(): string
{
    return (string) @file_get_contents(SHOP . '/.release');
}

/** What the release calls itself, such as 4.1.0.4; null when its index.php does not say. */
function ownVersion(): ?string
{
    $index = (string) @file_get_contents(SHOP . '/index.php');
    return preg_match('/define\(\s*[\'"]VERSION[\'"]\s*,\s*[\'"]([\w.+-]{1,32})[\'"]/', $index, $found) ? $found[1] : null;
}

/** The command line of one of these scripts. It ends with the process that started it, and waits long for its answers. */
function command(string $script, string ...$arguments): array
{
    $patient = ['-d', 'mysqlnd.net_read_timeout=86400', '-d', 'memory_limit=-1'];
    return ['setpriv', '--pdeathsig', 'KILL', 'php', ...$patient, __DIR__ . "/$script", ...$arguments];
}

/** What was being done is done again where the database server is away, or was in the meantime. */
function giveUpOn(\Throwable $error): never
{
    // Not reachable, gone away, lost; shutting down, killed, errors of the network; a pair's server that is not ready yet.
    $isAway = $error instanceof \mysqli_sql_exception
        && in_array($error->getCode(), [2002, 2006, 2013, 1053, 1927, 1158, 1159, 1160, 1161, 1047], true);
    $isAway ? giveUp(TRY_AGAIN, "the database was away, beginning anew: {$error->getMessage()}") : giveUp(1, (string) $error);
}
