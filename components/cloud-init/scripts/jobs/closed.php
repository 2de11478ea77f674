<?php
// Before every page: the shop's timed jobs are run by this server itself, and asked for by nobody.
declare(strict_types=1);

if (PHP_SAPI !== 'cli' && (basename($_SERVER['SCRIPT_FILENAME'] ?? '') === 'cron.php' || \Ecommerce\asksFor('cron'))) {
    http_response_code(404);
    exit;
}
