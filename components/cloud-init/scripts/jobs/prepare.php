<?php
// Makes the tables of the jobs, in a shop that is installed; whichever server is first.
declare(strict_types=1);

namespace Ecommerce;

require __DIR__ . '/../database.php';

$database = connect();
$database->query('CREATE TABLE IF NOT EXISTS ecommerce_jobs (
    job VARCHAR(32) NOT NULL PRIMARY KEY,
    done_at DATETIME NOT NULL,
    server VARCHAR(64) NOT NULL,
    result VARCHAR(255) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4');
if (!is_file('/etc/ecommerce/mail.json')) {
    exit(0);
}
$database->query("CREATE TABLE IF NOT EXISTS ecommerce_mail (
    mail_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    recipient VARCHAR(320) NOT NULL,
    message MEDIUMBLOB NOT NULL,
    queued_at DATETIME NOT NULL,
    due_at DATETIME NOT NULL,
    attempts INT UNSIGNED NOT NULL DEFAULT 0,
    parked_at DATETIME NULL,
    problem VARCHAR(500) NOT NULL DEFAULT '',
    KEY due (parked_at, due_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4");

// OpenCart comes with no way to send mail chosen, and with the administrator's address as the shop's. Once only: what an
// administrator chooses later stands.
$settings = json_decode((string) file_get_contents('/etc/ecommerce/shop.json'), true, 8, JSON_THROW_ON_ERROR);
$mail = json_decode((string) file_get_contents('/etc/ecommerce/mail.json'), true, 8, JSON_THROW_ON_ERROR);
$table = $settings['prefix'] . 'setting';
if ($database->query("SHOW TABLES LIKE '$table'")->num_rows === 0) {
    exit(0);
}
$database->begin_transaction();
$first = $database->prepare("INSERT IGNORE INTO ecommerce_jobs VALUES ('mail settings', UTC_TIMESTAMP(), ?, 'done')");
$first->execute([gethostname()]);
if ($first->affected_rows === 1) {
    $database->query("UPDATE `$table` SET `value` = 'mail' WHERE `key` = 'config_mail_engine' AND `value` = ''");
    $database->prepare("UPDATE `$table` SET `value` = ? WHERE `key` = 'config_email' AND `value` = ?")
        ->execute([$mail['from'], $settings['email']]);
}
$database->commit();
