import type { ReservationOwner } from "../../shared/contracts/rpc.ts";

/** Orders and operators name reservations in spaces of their own. */
export interface HoldName {
  readonly owner: ReservationOwner;
  readonly reservationId: string;
}

/** How a hold is found in the table. `store.ts` knows that an operator's begin with `operator/`. */
export const holdKey = ({ owner, reservationId }: HoldName): string => `${owner}/${reservationId}`;

export const isOperators = (key: string): boolean => key.startsWith("operator/");

/** The other way round; an owner's name has no slash, a reservation's id may. */
export function parseHoldKey(key: string): HoldName {
  const slash = key.indexOf("/");
  return { owner: key.slice(0, slash) as ReservationOwner, reservationId: key.slice(slash + 1) };
}
