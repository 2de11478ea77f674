<?php
// Before the shop's cron.php, which in OpenCart 4.1.0.4 forgets the libraries that every page loads, and ends at once.
declare(strict_types=1);

require_once 'config.php';
if (is_file(DIR_STORAGE . 'vendor/autoload.php')) {
    require_once DIR_STORAGE . 'vendor/autoload.php';
}
