/** The section `boot`. */
import { z } from "zod";
import { parseWindow } from "../core/maintenance";
import { distinct, whole } from "./values";

/** Minutes of `boot.maintenance`, so that a few servers have turns of their own. */
const SHORTEST_WINDOW = 30;

/** How servers become what they are. */
export const bootSchema = z.strictObject({
  mode: z
    .enum(["packages", "image"], 'must be "packages" or "image"')
    .default("packages")
    .describe(
      "`packages`: servers install them at first boot, which needs `access.packages` and `database.egress`; `image`: they boot golden images that `npm run image` describes",
    ),
  securityUpdates: z
    .boolean()
    .default(true)
    .describe("whether servers install security updates unattended, without reboots"),
  maintenance: z
    .string()
    .refine(
      (text) => (parseWindow(text)?.minutes ?? 0) >= SHORTEST_WINDOW,
      `must be a time of the day of at least ${SHORTEST_WINDOW} minutes such as 02:00-04:00`,
    )
    .optional()
    .describe(
      "when servers install security updates and restart what those change, in UTC, such as `02:00-04:00`; each has a turn of its own, 10 minutes apart as long as the window has room; none: the distribution's own time",
    ),
  timeServers: distinct(z.string().regex(/^[a-z0-9.:-]+$/i, "must be a host name or an address"))
    .default([])
    .describe("NTP servers; none: the distribution's"),
  wait: whole(0, 7200)
    .default(0)
    .describe(
      "seconds that `up` waits for the storefront to answer 200 before it fails and shows what each server says of its boot; 0: it does not wait",
    ),
  handover: whole(0, 7200)
    .default(1800)
    .describe(
      "seconds that new web, app and HAProxy servers have to start to serve, and the server on trial of an elastic group; until then the old ones serve on, and afterwards `up` fails; 0: no waiting, no trial",
    ),
});

export type BootConfig = z.output<typeof bootSchema>;
