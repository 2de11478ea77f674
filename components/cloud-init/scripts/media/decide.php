<?php
// What is to be done about one name: all that the sync knows is in here, and nothing that it does.
declare(strict_types=1);

namespace Ecommerce\Media;

enum Step
{
    case Nothing;
    /** Both have the same, and it is remembered that they had. */
    case Note;
    case Forget;
    /** Put, unless another server was faster. */
    case PutNew;
    case PutChanged;
    case Fetch;
    case DropHere;
    case DropThere;
}

/**
 * The container is the source of truth: where both have changed, it wins. Only a deletion yields to a change, since what
 * nobody else has would be lost.
 * @param ?string $here MD5 on this server; none: it is not there
 * @param ?string $there MD5 in the container
 * @param ?string $synced MD5 that both had last
 * @param ?string $shipped MD5 of what came with the release, unless the container has known it since
 * @param bool $seeding whether the container is empty, so that what the release ships is put there, once for all servers
 */
function decide(?string $here, ?string $there, ?string $synced, ?string $shipped, bool $seeding): Step
{
    if ($here === null && $there === null) {
        return $synced === null && $shipped === null ? Step::Nothing : Step::Forget;
    }
    if ($here === $there) {
        return $here === $synced ? Step::Nothing : Step::Note;
    }
    if ($here === null) {
        return $there === $synced ? Step::DropThere : Step::Fetch;
    }
    if ($there === null) {
        if ($here === $synced) {
            return Step::DropHere;
        }
        return $here === $shipped && !$seeding ? Step::Nothing : Step::PutNew;
    }
    return $there === $synced ? Step::PutChanged : Step::Fetch;
}
