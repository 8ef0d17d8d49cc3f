import type { Queryable } from '../platform/database.ts';
import type { StoredEntry } from './entry.ts';

/**
 * One statement for any number of entries with their frames: one round trip, one commit, and one text
 * that Postgres parses and plans once a connection. The frames' bytes travel packed into one binary
 * value; each row knows its piece.
 */
const INSERT = {
  name: 'insert-entries',
  text: `with entries as (
    insert into entry
      (id, at, kind, content, connection_id, session_id, call_id, approval_id, who, method, target, effect)
    select id, at, kind, content, connection, session, call, approval, who, method, target, effect
    from json_to_recordset($1::json) as row
      (id uuid, at timestamptz, kind text, content text, connection uuid, session uuid, call uuid,
       approval uuid, who text, method text, target text, effect text)
  )
  insert into frame
    (id, entry_id, session_id, call_id, edge, at, salt, digest, sealed, encoding, size, bytes)
  select id, entry, session, call, edge, at, decode(salt, 'hex'), digest, sealed, encoding, size,
    substring($3::bytea from start for length)
  from json_to_recordset($2::json) as row
    (id uuid, entry uuid, session uuid, call uuid, edge text, at timestamptz, salt text, digest text,
     sealed boolean, encoding text, size int, start int, length int)`,
};

export async function insertEntries(on: Queryable, entries: readonly StoredEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const pieces = entries.flatMap(({ frames }) => frames.map(({ bytes }) => bytes));
  await on.query({
    ...INSERT,
    values: [
      JSON.stringify(entries.map(entryRow)),
      JSON.stringify(frameRows(entries)),
      pack(pieces),
    ],
  });
}

/** A large frame comes alone as a rule, and is not copied then. */
function pack(pieces: readonly Buffer[]): Buffer {
  const [first, second] = pieces;
  return first !== undefined && second === undefined ? first : Buffer.concat(pieces);
}

/**
 * Postgres text has neither NUL nor half a surrogate pair; these columns are copies for search, the
 * leaf keeps the exact value.
 */
const searchable = (text: string | undefined) =>
  text?.replaceAll('\0', '␀').slice(0, 2000).toWellFormed();

function entryRow({ id, at, content, draft }: StoredEntry) {
  return {
    id,
    at,
    content,
    kind: draft.kind,
    connection: draft.connection?.id,
    session: draft.sessionId,
    call: draft.callId,
    approval: draft.approvalId,
    who: searchable(draft.who),
    method: searchable(draft.method),
    target: searchable(draft.target),
    effect: draft.effect,
  };
}

function frameRows(entries: readonly StoredEntry[]) {
  // Postgres counts from one.
  let start = 1;
  return entries.flatMap(({ id: entry, at, draft, frames }) =>
    frames.map(({ id, edge, salt, digest, sealed, encoding, size, bytes }) => {
      const row = {
        ...{ id, entry, at, edge, digest, sealed, encoding, size, start },
        session: draft.sessionId,
        call: draft.callId,
        salt: salt.toString('hex'),
        length: bytes.length,
      };
      start += bytes.length;
      return row;
    }),
  );
}
