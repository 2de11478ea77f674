<?php
// The queue in the store's database. A message that is being sent is due again only when whoever sends it must have
// given up, so that a server that was cut off from the database, but not from the relay, sends nothing twice.
declare(strict_types=1);

namespace Ecommerce\Mail;

use function Ecommerce\connect;
use function Ecommerce\say;

final class Queue
{
    /** 30 s, 1 min, 2 min … 4 h: some 40 hours in all. */
    private const ATTEMPTS = 18;
    private const FIRST_PAUSE = 30;
    private const LONGEST_PAUSE = 14_400;
    private const MARGIN = 30;

    /** @param int $limit seconds that an attempt may take */
    public function __construct(private \mysqli $database, private readonly int $limit)
    {
    }

    public function hasWork(): bool
    {
        return $this->database->query(self::due('1'))->num_rows > 0;
    }

    /** The message that has been due for longest. @return ?array{mail_id: int, recipient: string, message: string, attempts: int} */
    public function next(): ?array
    {
        $mail = $this->database->query(self::due('mail_id, recipient, message, attempts'))->fetch_assoc();
        if ($mail === null) {
            return null;
        }
        $mail = ['mail_id' => (int) $mail['mail_id'], 'attempts' => (int) $mail['attempts'] + 1] + $mail;
        $taken = $this->database->prepare(
            'UPDATE ecommerce_mail SET attempts = ?, due_at = UTC_TIMESTAMP() + INTERVAL ? SECOND, problem = ? WHERE mail_id = ?'
        );
        $taken->execute([$mail['attempts'], $this->limit + self::MARGIN, 'is being sent by ' . gethostname(), $mail['mail_id']]);
        return $mail;
    }

    public function sent(int $id): void
    {
        $this->settle('DELETE FROM ecommerce_mail WHERE mail_id = ?', [$id]);
    }

    /** It is as if nobody had tried. */
    public function notReached(int $id, string $problem): void
    {
        $sql = 'UPDATE ecommerce_mail SET attempts = attempts - 1, due_at = UTC_TIMESTAMP(), problem = ? WHERE mail_id = ?';
        $this->settle($sql, [mb_strcut($problem, 0, 500), $id]);
    }

    public function later(int $id, int $attempts, string $problem): void
    {
        if ($attempts >= self::ATTEMPTS) {
            $this->park($id, "after $attempts attempts: $problem");
            return;
        }
        $pause = (int) min(self::FIRST_PAUSE * 2 ** ($attempts - 1), self::LONGEST_PAUSE);
        say("message $id is tried again in $pause s: $problem");
        $sql = 'UPDATE ecommerce_mail SET due_at = UTC_TIMESTAMP() + INTERVAL ? SECOND, problem = ? WHERE mail_id = ?';
        $this->settle($sql, [$pause, mb_strcut($problem, 0, 500), $id]);
    }

    public function park(int $id, string $problem): void
    {
        say("message $id is parked: $problem");
        $sql = 'UPDATE ecommerce_mail SET parked_at = UTC_TIMESTAMP(), problem = ? WHERE mail_id = ?';
        $this->settle($sql, [mb_strcut($problem, 0, 500), $id]);
    }

    /** What became of a message is noted even when the connection, and with it the turn, was lost meanwhile. */
    private function settle(string $sql, array $values): void
    {
        while (true) {
            try {
                $this->database->prepare($sql)->execute($values);
                return;
            } catch (\mysqli_sql_exception) {
                $this->database = self::connectPatiently();
            }
        }
    }

    private static function connectPatiently(): \mysqli
    {
        while (true) {
            try {
                return connect();
            } catch (\mysqli_sql_exception) {
                sleep(1);
            }
        }
    }

    private static function due(string $columns): string
    {
        return "SELECT $columns FROM ecommerce_mail WHERE parked_at IS NULL AND due_at <= UTC_TIMESTAMP() ORDER BY due_at, mail_id LIMIT 1";
    }
}
