/** What servers say on their consoles while they boot. */
export const READY = "ecommerce: [40 s] starting Apache\necommerce: [41 s] web is ready\n";
export const BOOTING = "[  1.2] cloud-init[9]: ecommerce: [3 s] installing the base packages\r\n";
export const FAILED =
  "ecommerce: [9 s] fetching the release\necommerce: [30 s] the archive's SHA-256 is another\n" +
  "ecommerce: [30 s] services FAILED while fetching the release\n";
