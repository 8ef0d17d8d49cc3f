import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';

const rowSchema = z.object({ kind: z.string().nullable(), person: z.string().nullable() });

/** What a lane leads to. */
export interface Destination {
  /** Of its channel, as it was made; `null` for the webhook of a connection. */
  readonly kind: string | null;
  /** Key of the person whose browser it is, where it is one. */
  readonly person: string | null;
}

/** Of a channel that was removed, too: what waits for it is still to be dropped. */
export async function destinationOf(
  on: Queryable,
  { place, recipient }: { readonly place: string; readonly recipient: string },
): Promise<Destination> {
  const { rows } = await on.query(
    `select c.kind, b.person_key as person from (values (1)) one
       left join notification_channel c on c.id::text = $1
       left join push_subscription b on c.kind = 'push' and b.id::text = $2`,
    [place, recipient],
  );
  return rowSchema.parse(rows[0]);
}
