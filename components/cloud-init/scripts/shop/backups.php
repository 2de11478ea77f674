<?php
// OpenCart's administration makes a backup, and reads one, in many requests, and appends to a file of the server that answers.
// Before each of them this server's folder becomes what the database has, and after it the database what the folder has.
// A file has the time of its first bytes on every server, so that another one of its name is known.
declare(strict_types=1);

namespace Ecommerce;

const BACKUPS = '/var/lib/ecommerce/storage/backup/';
/** Bytes in a row. */
const PIECE = 1 << 20;

/** @return array<string, array{size: int, made: int, inode: int}> by name, as both sides have them now */
function fetchBackups(\mysqli $database): array
{
    $database->query('CREATE TABLE IF NOT EXISTS ecommerce_backup (name VARBINARY(255), position BIGINT, size INT NOT NULL,
        made INT NOT NULL, content MEDIUMBLOB NOT NULL, PRIMARY KEY (name, position)) ENGINE=InnoDB');
    $files = [];
    foreach ($database->query('SELECT name, MAX(position + size) AS size, MAX(made) AS made FROM ecommerce_backup GROUP BY name') as $row) {
        $files[$row['name']] = ['size' => (int) $row['size'], 'made' => (int) $row['made']];
    }
    foreach (glob(BACKUPS . '*') as $path) {
        if (filemtime($path) !== ($files[basename($path)]['made'] ?? null)) {
            unlink($path);
        }
    }
    $piece = $database->prepare('SELECT content FROM ecommerce_backup WHERE name = ? AND position = ?');
    foreach ($files as $name => $file) {
        $path = BACKUPS . $name;
        touch($path);
        for ($size = filesize($path); $size < $file['size']; $size += strlen($content)) {
            $piece->execute([$name, $size]);
            $content = $piece->get_result()->fetch_row()[0] ?? '';
            if ($content === '' || file_put_contents($path, $content, FILE_APPEND) !== strlen($content)) {
                throw new \RuntimeException("$name cannot be continued at $size");
            }
        }
        touch($path, $file['made']);
        $files[$name]['inode'] = fileinode($path);
    }
    return $files;
}

/** @param array<string, array{size: int, made: int, inode: int}> $before as `fetchBackups` left them */
function storeBackups(\mysqli $database, array $before): void
{
    clearstatcache();
    $forget = $database->prepare('DELETE FROM ecommerce_backup WHERE name = ?');
    $add = $database->prepare('INSERT INTO ecommerce_backup VALUES (?, ?, ?, ?, ?)');
    $here = glob(BACKUPS . '*');
    foreach (array_diff(array_keys($before), array_map('basename', $here)) as $name) {
        $forget->execute([$name]);
    }
    foreach ($here as $path) {
        $name = basename($path);
        $known = $before[$name] ?? null;
        if ($known === null || $known['inode'] !== fileinode($path) || filesize($path) < $known['size']) {
            $forget->execute([$name]);
            // Never that of the file before it.
            $known = ['size' => 0, 'made' => max(time(), ($known['made'] ?? 0) + 1)];
        }
        $file = fopen($path, 'r');
        fseek($file, $known['size']);
        for ($position = $known['size']; ($content = (string) fread($file, PIECE)) !== ''; $position += strlen($content)) {
            $add->execute([$name, $position, strlen($content), $known['made'], $content]);
        }
        touch($path, $known['made']);
    }
}

(static function (): void {
    if (($_SERVER['SCRIPT_FILENAME'] ?? '') !== '/var/www/shop/admin/index.php' || !asksFor('tool/backup')) {
        return;
    }
    // What did not see the others' work, or cannot hand on its own, must not seem to have succeeded.
    $fail = static function (\Throwable $error): void {
        error_log('backups: ' . $error->getMessage());
        if (ob_get_level() > 0) {
            ob_clean();
        }
        http_response_code(503);
    };
    try {
        require_once __DIR__ . '/../database.php';
        // One request of hundreds that fails ends all of it: a moment without the database is waited for.
        for ($attempt = 1; !isset($database); $attempt++) {
            try {
                $database = connect();
            } catch (\mysqli_sql_exception $error) {
                $attempt < 5 ? sleep(1) : throw $error;
            }
        }
        // Until the request ends: one at a time on this server.
        $turn = fopen(BACKUPS . '.turn', 'c');
        flock($turn, LOCK_EX);
        $before = fetchBackups($database);
    } catch (\Throwable $error) {
        $fail($error);
        exit;
    }
    register_shutdown_function(static function () use ($database, $before, $turn, $fail): void {
        try {
            storeBackups($database, $before);
        } catch (\Throwable $error) {
            $fail($error);
        }
        fclose($turn);
    });
})();
