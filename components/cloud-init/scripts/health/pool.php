<?php
// How the shop's workers are: free, all at work, or gone.
declare(strict_types=1);

namespace Ecommerce\Health;

/** Seconds for FPM's own answers. */
const STATUS_PATIENCE = 0.5;
const PING_PATIENCE = 1.0;
/** Seconds without a single new request for which all workers may be at work: longer than FPM lets any of them. */
const STUCK = 180;

/**
 * @param array $before what was returned at the last look; nothing: this is the first
 * @return array{state: string, reason: string, accepted: int, since: int} state: ok, busy or dead; requests that were ever
 *   taken; since when that is their number
 */
function lookAtPool(array $before): array
{
    $accepted = $before['accepted'] ?? 0;
    $since = $before['since'] ?? time();
    $is = static function (string $state, string $reason = '') use (&$accepted, &$since): array {
        return ['state' => $state, 'reason' => $reason, 'accepted' => $accepted, 'since' => $since];
    };
    $workers = workers();
    if ($workers !== null && $workers['accepted conn'] !== $accepted) {
        [$accepted, $since] = [$workers['accepted conn'], time()];
    }
    if ($workers === null || $workers['idle processes'] > 0) {
        $until = microtime(true) + PING_PATIENCE;
        try {
            ask(SHOP_SOCKET, '/fpm-ping', '', PING_PATIENCE);
            return $is('ok');
        } catch (Silent $silent) {
            if ($workers === null && !$silent->isFull) {
                return $is('dead', "PHP-FPM is gone: {$silent->getMessage()}");
            }
        }
        // A worker that is new, or was quicker taken by others, has taken something by then.
        usleep(max(0, (int) (1_000_000 * ($until - microtime(true)))));
        $workers = workers();
        if ($workers !== null && $workers['idle processes'] > 0 && $workers['accepted conn'] === $accepted) {
            return $is('dead', 'PHP has free workers, and none of them answers');
        }
    }
    if ($workers === null) {
        return $is('dead', 'PHP-FPM does not say how it is, and takes no more requests');
    }
    if ($workers['total processes'] === 0) {
        return $is('dead', 'PHP has no workers');
    }
    if ($since < time() - STUCK) {
        return $is('dead', 'no worker of PHP has taken a request for ' . STUCK . ' s');
    }
    return $is('busy', "all {$workers['total processes']} workers of PHP are at work");
}

/** @return ?array<string, mixed> FPM's status of the shop's pool; none: FPM does not tell */
function workers(): ?array
{
    try {
        $status = json_decode(ask(STATUS_SOCKET, '/fpm-status', 'json', STATUS_PATIENCE), true);
    } catch (Silent) {
        return null;
    }
    return is_array($status) && isset($status['accepted conn'], $status['idle processes'], $status['total processes']) ? $status : null;
}
