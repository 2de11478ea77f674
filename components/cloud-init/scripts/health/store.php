<?php
// What the last check found out, and what the database says now.
declare(strict_types=1);

namespace Ecommerce\Health;

const STATE = '/var/lib/ecommerce/health';
/** Seconds after which what is known of the database is looked up after the answer, and before it. */
const FRESH = 2;
const OLD = 60;
/** MySQL's and MariaDB's: this host has failed to connect too often, and is taken no more. */
const HOST_IS_BLOCKED = 1129;

/** @return array<string, mixed> what was remembered under that name; nothing: none is */
function known(string $name): array
{
    $known = json_decode((string) @file_get_contents(STATE . "/$name.json"), true);
    return is_array($known) ? $known : [];
}

/** Whole or not at all. What cannot be remembered is looked up again. */
function remember(string $name, array $what): void
{
    $draft = @tempnam(STATE, '.draft-');
    if ($draft !== false && @file_put_contents($draft, json_encode($what)) !== false) {
        rename($draft, STATE . "/$name.json");
    }
}

/** Whether no other worker is looking at the database: one that keeps silent would have all of them wait. */
function isOurTurn(): bool
{
    static $lock = null;
    $lock = @fopen(STATE . '/turn', 'c');
    return $lock && flock($lock, LOCK_EX | LOCK_NB);
}

/**
 * @return array{state: string, reason: string, at: int} state: ok, away, blocked, or left: servers with a newer release have
 *   taken over; remembered as well
 */
function lookAtDatabase(): array
{
    $found = ['state' => 'ok', 'reason' => ''];
    try {
        // A look at the mark is a query as well.
        if (\Ecommerce\look(\Ecommerce\connect())['leave']) {
            $found = ['state' => 'left', 'reason' => 'servers with a newer release have taken over'];
        }
    } catch (\Throwable $error) {
        $state = $error->getCode() === HOST_IS_BLOCKED ? 'blocked' : 'away';
        $found = ['state' => $state, 'reason' => "database: {$error->getMessage()}"];
    }
    $found['at'] = time();
    remember('database', $found);
    return $found;
}
