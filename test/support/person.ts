/** Who buys. */
export interface Person {
  readonly firstname: string;
  readonly lastname: string;
  readonly email: string;
  readonly password: string;
}

let count = 0;

/** Somebody new each time, so that what an earlier run left is not taken for this one's. */
export function somebody(firstname: string): Person {
  count += 1;
  const lastname = `${Date.now().toString(36)}${count}`;
  return { firstname, lastname, email: `${firstname}.${lastname}@example.com`.toLowerCase(), password: "Suite-Pass-1" };
}

/** Of the demo's products: one that is shipped, without options, and so can be paid on delivery. */
export const SHIPPED = 40;

/** In the country that OpenCart begins with. */
export const ADDRESS = {
  street: "1 Long Street",
  city: "Cardiff",
  postcode: "CF10 1AA",
  country: "222",
  zone: "Cardiff",
  zoneId: "3526",
} as const;
