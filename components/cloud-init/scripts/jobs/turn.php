<?php
// A job that one server at a time does: whichever holds a lock in the store's own database. The lock belongs to a
// connection. A server that vanishes says nothing any more, and the database closes a silent connection after a few
// seconds, so that the next server has its turn; one whose process ends loses the lock at once.
declare(strict_types=1);

namespace Ecommerce;

require_once __DIR__ . '/../shop/common.php';

final class Turn
{
    /** After so many seconds of silence the database closes the connection, and frees the lock. */
    private const SILENCE = 10;
    private const SIGN_OF_LIFE = 2;

    private ?\mysqli $database = null;
    private string $name = '';
    private int $lastSign = 0;
    private bool $isEnding = false;

    public function __construct(private readonly string $job)
    {
        pcntl_async_signals(true);
        // A job that is asked to end finishes what it is doing.
        foreach ([SIGTERM, SIGINT] as $signal) {
            pcntl_signal($signal, function (): void {
                $this->isEnding = true;
            });
        }
    }

    public function isEnding(): bool
    {
        return $this->isEnding;
    }

    /** Waits for this server's turn. @return ?\mysqli the connection that has the lock; null: the job is to end */
    public function take(): ?\mysqli
    {
        $this->database = null;
        $problem = '';
        while (!$this->isEnding) {
            try {
                $database = $this->database ?? $this->connect();
                $ask = $database->prepare('SELECT GET_LOCK(?, 5)');
                $ask->execute([$this->name]);
                if ($ask->get_result()->fetch_row()[0] === 1) {
                    say("it is this server's turn: $this->job");
                    $this->lastSign = time();
                    return $database;
                }
            } catch (\Throwable $error) {
                $this->database = null;
                if ($error->getMessage() !== $problem) {
                    $problem = $error->getMessage();
                    say("$this->job waits for the database: $problem");
                }
                sleep(2);
            }
        }
        return null;
    }

    /**
     * Tells the database that this server is alive; to be called every second or so.
     * @throws \mysqli_sql_exception when the turn is over: the connection is gone, and with it the lock
     */
    public function keep(): void
    {
        if (time() - $this->lastSign < self::SIGN_OF_LIFE) {
            return;
        }
        if ($this->database === null) {
            throw new \mysqli_sql_exception('the connection that has the lock is lost');
        }
        try {
            $this->database->query('SELECT 1');
        } catch (\mysqli_sql_exception $error) {
            $this->database = null;
            throw $error;
        }
        $this->lastSign = time();
    }

    /** Sleeps, while the turn is kept. */
    public function pause(int $seconds): void
    {
        for ($until = time() + $seconds; time() < $until && !$this->isEnding;) {
            sleep(1);
            $this->keep();
        }
    }

    private function connect(): \mysqli
    {
        $this->database = connect();
        $this->database->query('SET SESSION wait_timeout = ' . self::SILENCE);
        $this->name = "ecommerce.$this->job." . $this->database->query('SELECT DATABASE()')->fetch_row()[0];
        return $this->database;
    }
}
