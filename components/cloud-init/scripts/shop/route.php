<?php
// Which page a request asks the shop for. OpenCart passes over white space around names and over characters that no route
// has, so this does too.
declare(strict_types=1);

namespace Ecommerce;

/** Whether it is this page, or anything below it. @param string $page as in routes, e.g. `tool/backup` */
function asksFor(string $page): bool
{
    foreach ($_GET as $name => $value) {
        $route = is_string($value) ? preg_replace('#[^a-zA-Z0-9/|.]#', '', $value) : '';
        if (trim((string) $name) === 'route' && preg_match("#^[/|.]*$page(?:[/|.]|$)#i", (string) $route) === 1) {
            return true;
        }
    }
    return false;
}
