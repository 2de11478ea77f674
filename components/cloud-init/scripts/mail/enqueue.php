<?php
// What PHP's mail() calls: puts a message from standard input into the queue, in a few milliseconds, whatever the relay
// does. Arguments, such as an extra parameter that an administrator chose, are passed over. Ends with 75 when the
// database does not take it; mail() is false then.
declare(strict_types=1);

namespace Ecommerce\Mail;

require __DIR__ . '/../database.php';
require __DIR__ . '/message.php';

/** More than shops send; less than MariaDB takes in one piece. */
const LARGEST = 15_000_000;

try {
    $input = (string) stream_get_contents(STDIN, LARGEST + 1);
    if (strlen($input) > LARGEST) {
        throw new \InvalidArgumentException('the message is larger than ' . LARGEST . ' bytes');
    }
    $message = Message::read($input);
    $database = \Ecommerce\connect();
    $database->begin_transaction();
    $insert = $database->prepare(
        'INSERT INTO ecommerce_mail (recipient, message, queued_at, due_at) VALUES (?, ?, UTC_TIMESTAMP(), UTC_TIMESTAMP())'
    );
    // One row each: a recipient that is refused, or tried again, concerns no other.
    foreach ($message->recipients as $recipient) {
        $insert->execute([$recipient, $message->text]);
    }
    $database->commit();
} catch (\Throwable $error) {
    fwrite(STDERR, "ecommerce: a message was not queued: {$error->getMessage()}\n");
    exit(75);
}
