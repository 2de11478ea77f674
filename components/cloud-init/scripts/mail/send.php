<?php
// The service that sends what is queued, on one server at a time.
declare(strict_types=1);

namespace Ecommerce\Mail;

use Ecommerce\Turn;

use function Ecommerce\say;

require __DIR__ . '/../jobs/turn.php';
require __DIR__ . '/message.php';
require __DIR__ . '/queue.php';
require __DIR__ . '/relay.php';

const LONGEST_PAUSE = 60;

$settings = json_decode((string) file_get_contents('/etc/ecommerce/mail.json'), true, 8, JSON_THROW_ON_ERROR);
$turn = new Turn('mail');
$relay = new Relay($settings, $settings['limit']);
// A turn that is lost meanwhile ends nothing that is under way: what became of it is noted all the same.
$tick = static function () use ($turn): void {
    try {
        $turn->keep();
    } catch (\mysqli_sql_exception) {
    }
};
while (($database = $turn->take()) !== null) {
    $queue = new Queue($database, $settings['limit']);
    $pause = 1;
    try {
        while (!$turn->isEnding()) {
            $turn->keep();
            if (!$queue->hasWork()) {
                usleep(500_000);
                continue;
            }
            $trouble = $relay->trouble($tick);
            if ($trouble !== '') {
                say("mail waits for its relay, next attempt in $pause s: $trouble");
                $turn->pause($pause);
                $pause = min($pause * 2, LONGEST_PAUSE);
                continue;
            }
            $pause = 1;
            // The turn may have been lost while the relay was slow.
            $turn->keep();
            $mail = $queue->next();
            if ($mail === null) {
                continue;
            }
            [$outcome, $words] = $relay->hand($mail['recipient'], $mail['message'], $tick);
            match ($outcome) {
                Outcome::Sent => $queue->sent($mail['mail_id']),
                Outcome::NotReached => $queue->notReached($mail['mail_id'], $words),
                Outcome::Later => $queue->later($mail['mail_id'], $mail['attempts'], $words),
                Outcome::Refused => $queue->park($mail['mail_id'], $words),
            };
        }
    } catch (\mysqli_sql_exception $error) {
        say('the turn is over: ' . $error->getMessage());
    }
}
