<?php
// What the last check found out, and what the database says now.
declare(strict_types=1);

namespace Ecommerce\Health;

const STATE = '/var/lib/ecommerce/health/state.json';
/** Seconds after which what is known of the database is looked up after the answer, and before it. */
const FRESH = 2;
const OLD = 60;
/** MySQL's and MariaDB's: this host has failed to connect too often, and is taken no more. */
const HOST_IS_BLOCKED = 1129;

/** @return array{state?: string, pool?: array, database?: array} */
function known(): array
{
    $known = json_decode((string) @file_get_contents(STATE), true);
    return is_array($known) ? $known : [];
}

/** Whole or not at all. What cannot be remembered is looked up again. */
function remember(array $state): void
{
    $draft = @tempnam(dirname(STATE), '.state-');
    if ($draft !== false && @file_put_contents($draft, json_encode($state)) !== false) {
        rename($draft, STATE);
    }
}

/** @return array{state: string, reason: string, at: int} state: ok, away or blocked */
function lookAtDatabase(): array
{
    $now = time();
    try {
        \Ecommerce\connect()->query('SELECT 1');
        return ['state' => 'ok', 'reason' => '', 'at' => $now];
    } catch (\Throwable $error) {
        $state = $error->getCode() === HOST_IS_BLOCKED ? 'blocked' : 'away';
        return ['state' => $state, 'reason' => "database: {$error->getMessage()}", 'at' => $now];
    }
}
