import type { Queryable } from '../platform/database.ts';
import type { StoredEntry } from './entry.ts';

const ENTRY_COLUMNS =
  'id, at, kind, content, connection_id, session_id, call_id, approval_id, who, method, target, effect';
const FRAME_COLUMNS =
  'id, entry_id, session_id, call_id, edge, at, salt, digest, sealed, encoding, size, bytes';

/** One statement for any number of entries with their frames: one round trip, one commit. */
export async function insertEntries(on: Queryable, entries: readonly StoredEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const values: unknown[] = [];
  const row = (cells: readonly unknown[]) =>
    `(${cells.map((cell) => `$${values.push(cell)}`).join(',')})`;
  const entryRows = entries.map((entry) => row(entryCells(entry)));
  const frameRows = entries.flatMap((entry) => frameCells(entry).map(row));
  const insertEntry = `insert into entry (${ENTRY_COLUMNS}) values ${entryRows.join(',')}`;
  const text =
    frameRows.length === 0
      ? insertEntry
      : `with entries as (${insertEntry}) insert into frame (${FRAME_COLUMNS}) values ${frameRows.join(',')}`;
  await on.query(text, values);
}

/** Postgres text has no NUL; these columns are copies for search, the leaf keeps the exact value. */
const searchable = (text: string | undefined) => text?.replaceAll('\0', '␀').slice(0, 2000) ?? null;

function entryCells({ id, at, content, draft }: StoredEntry): readonly unknown[] {
  return [
    id,
    at,
    draft.kind,
    content,
    draft.connection?.id ?? null,
    draft.sessionId ?? null,
    draft.callId ?? null,
    draft.approvalId ?? null,
    searchable(draft.who),
    searchable(draft.method),
    searchable(draft.target),
    draft.effect ?? null,
  ];
}

function frameCells({ id, at, draft, frames }: StoredEntry): readonly (readonly unknown[])[] {
  return frames.map((frame) => [
    frame.id,
    id,
    draft.sessionId ?? null,
    draft.callId ?? null,
    frame.edge,
    at,
    frame.salt,
    frame.digest,
    frame.sealed,
    frame.encoding,
    frame.size,
    frame.bytes,
  ]);
}
