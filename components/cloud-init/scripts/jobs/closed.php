<?php
// Before every page: the shop's timed jobs are run by this server itself, and asked for by nobody. OpenCart passes over
// white space around names and over characters that no route has, so this does too.
declare(strict_types=1);

(static function (): void {
    if (PHP_SAPI === 'cli') {
        return;
    }
    $asks = basename($_SERVER['SCRIPT_FILENAME'] ?? '') === 'cron.php';
    foreach ($_GET as $name => $value) {
        $route = is_string($value) ? strtolower((string) preg_replace('#[^a-zA-Z0-9/|.]#', '', $value)) : '';
        $asks = $asks || (trim((string) $name) === 'route' && preg_match('#^[/|.]*cron(?:[/|.]|$)#', $route) === 1);
    }
    if ($asks) {
        http_response_code(404);
        exit;
    }
})();
