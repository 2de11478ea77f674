<?php
// One server at a time works on the schema. The lock is the database server's own and goes with the connection that has
// it. That connection may be idle for a few seconds only, so a server that is gone loses the lock in as many.
declare(strict_types=1);

namespace Ecommerce;

final class Lock
{
    /** Seconds of silence after which the database server ends the connection. */
    private const SILENCE = 20;
    /** Seconds between two signs of life. */
    private const PULSE = 3;
    /** Seconds of one request for the lock: well below every timeout on the way. */
    private const TURN = 5;
    /** Seconds after which an answer is not waited for any more. */
    private const ANSWER = 12;

    private function __construct(private readonly \mysqli $database)
    {
    }

    /**
     * @param string $name of the lock
     * @param int $patience seconds
     * @return ?self null when others have had it for all that time
     * @throws \mysqli_sql_exception when the database server has been away for all that time
     */
    public static function wait(string $name, int $patience): ?self
    {
        $deadline = time() + $patience;
        $database = null;
        while (true) {
            try {
                $database ??= self::connect();
                // Not execute_query(), which says nothing of a connection that is lost while it waits for the answer.
                $sql = "SELECT GET_LOCK('{$database->real_escape_string($name)}', " . self::TURN . ')';
                if ((int) $database->query($sql)->fetch_row()[0] === 1) {
                    return new self($database);
                }
                if (time() > $deadline) {
                    return null;
                }
            } catch (\mysqli_sql_exception $error) {
                if (time() > $deadline) {
                    throw $error;
                }
                $database = null;
                sleep(2);
            }
        }
    }

    /**
     * Runs a command while the lock is held, and ends it when the lock is lost.
     * @param string[] $command
     * @return int its exit code; TRY_AGAIN when the lock was lost
     */
    public function run(array $command): int
    {
        $process = proc_open($command, [0 => ['file', '/dev/null', 'r'], 1 => STDERR, 2 => STDERR], $pipes);
        $pulse = 0;
        while (($status = proc_get_status($process))['running']) {
            usleep(200_000);
            if (time() < $pulse) {
                continue;
            }
            $pulse = time() + self::PULSE;
            try {
                @$this->database->query('SELECT 1');
            } catch (\mysqli_sql_exception $error) {
                proc_terminate($process, SIGKILL);
                proc_close($process);
                say('the database has not heard of this server for too long: another one may be at work (' . $error->getMessage() . ')');
                return TRY_AGAIN;
            }
        }
        return $status['signaled'] ? 1 : $status['exitcode'];
    }

    public function connectionId(): int
    {
        return $this->database->thread_id;
    }

    private static function connect(): \mysqli
    {
        $database = connect(self::ANSWER);
        $database->query('SET SESSION wait_timeout = ' . self::SILENCE);
        return $database;
    }
}
