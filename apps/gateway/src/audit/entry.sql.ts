import type { Queryable } from '../platform/database.ts';
import type { StoredEntry, StoredFrame } from './entry.ts';

/**
 * A column of many rows travels as one text, each value with a separator in front: canonical JSON has
 * no control characters, and `searchable` takes them out. Splitting it costs Postgres, and joining it
 * costs us, a fraction of what JSON or array literals do.
 */
const SEPARATOR = '\u001e';
const NULL = '\u001f';
const column = (at: number, type: string) =>
  `(string_to_array($${at}, E'\\x1e', E'\\x1f'))[2:]::${type}[]`;

const ENTRY_COLUMNS = {
  id: { type: 'uuid', of: ({ id }) => id },
  at: { type: 'timestamptz', of: ({ at }) => at.toISOString() },
  kind: { type: 'text', of: ({ draft }) => draft.kind },
  content: { type: 'text', of: ({ content }) => content },
  connection_id: { type: 'uuid', of: ({ draft }) => draft.connection?.id },
  session_id: { type: 'uuid', of: ({ draft }) => draft.sessionId },
  call_id: { type: 'uuid', of: ({ draft }) => draft.callId },
  approval_id: { type: 'uuid', of: ({ draft }) => draft.approvalId },
  who: { type: 'text', of: ({ draft }) => searchable(draft.who) },
  method: { type: 'text', of: ({ draft }) => searchable(draft.method) },
  target: { type: 'text', of: ({ draft }) => searchable(draft.target) },
  effect: { type: 'text', of: ({ draft }) => draft.effect },
  observed: { type: 'text', of: ({ draft }) => observedIn(draft) },
} as const satisfies Columns<StoredEntry>;

const FRAME_COLUMNS = {
  id: { type: 'uuid', of: ({ frame }) => frame.id },
  entry_id: { type: 'uuid', of: ({ entry }) => entry.id },
  session_id: { type: 'uuid', of: ({ entry }) => entry.draft.sessionId },
  call_id: { type: 'uuid', of: ({ entry }) => entry.draft.callId },
  edge: { type: 'text', of: ({ frame }) => frame.edge },
  at: { type: 'timestamptz', of: ({ entry }) => entry.at.toISOString() },
  salt: { type: 'text', of: ({ frame }) => frame.salt.toString('hex') },
  digest: { type: 'text', of: ({ frame }) => frame.digest },
  sealed: { type: 'boolean', of: ({ frame }) => (frame.sealed ? 't' : 'f') },
  encoding: { type: 'text', of: ({ frame }) => frame.encoding },
  size: { type: 'int', of: ({ frame }) => String(frame.size) },
  start: { type: 'int', of: ({ start }) => String(start) },
  length: { type: 'int', of: ({ frame }) => String(frame.bytes.length) },
} as const satisfies Columns<FrameRow>;

type Columns<Row> = Readonly<
  Record<string, { readonly type: string; readonly of: (row: Row) => string | undefined }>
>;

/** A frame, with the place of its bytes among those of all; Postgres counts from one. */
interface FrameRow {
  readonly entry: StoredEntry;
  readonly frame: StoredFrame;
  readonly start: number;
}

const ENTRY_LIST = Object.values(ENTRY_COLUMNS);
const FRAME_LIST = Object.values(FRAME_COLUMNS);
const FRAMES_FROM = ENTRY_LIST.length + 1;
const BYTES = FRAMES_FROM + FRAME_LIST.length;

/**
 * One statement for any number of entries with their frames: one round trip, one commit, and one text
 * that Postgres parses and plans once a connection. The frames' bytes travel packed into one binary
 * value; each row knows its piece.
 */
const INSERT = {
  name: 'insert-entries',
  text: `with entries as (
    insert into entry (${Object.keys(ENTRY_COLUMNS).join(', ')})
    select * from unnest(${ENTRY_LIST.map(({ type }, at) => column(at + 1, type)).join(', ')})
  )
  insert into frame
    (id, entry_id, session_id, call_id, edge, at, salt, digest, sealed, encoding, size, bytes)
  select id, entry_id, session_id, call_id, edge, at, decode(salt, 'hex'), digest, sealed, encoding,
    size, substring($${BYTES}::bytea from start for length)
  from unnest(${FRAME_LIST.map(({ type }, at) => column(FRAMES_FROM + at, type)).join(', ')})
    as row (${Object.keys(FRAME_COLUMNS).join(', ')})`,
};

export async function insertEntries(on: Queryable, entries: readonly StoredEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const frames = frameRows(entries);
  await on.query({
    ...INSERT,
    values: [
      ...ENTRY_LIST.map(({ of }) => joined(entries, of)),
      ...FRAME_LIST.map(({ of }) => joined(frames, of)),
      pack(frames),
    ],
  });
}

function joined<Row>(rows: readonly Row[], of: (row: Row) => string | undefined): string {
  let text = '';
  for (const row of rows) text += SEPARATOR + (of(row) ?? NULL);
  return text;
}

function frameRows(entries: readonly StoredEntry[]): readonly FrameRow[] {
  const rows: FrameRow[] = [];
  let start = 1;
  for (const entry of entries) {
    for (const frame of entry.frames) {
      rows.push({ entry, frame, start });
      start += frame.bytes.length;
    }
  }
  return rows;
}

/** A large frame comes alone as a rule, and is not copied then. */
function pack(rows: readonly FrameRow[]): Buffer {
  const [first, second] = rows;
  return first !== undefined && second === undefined
    ? first.frame.bytes
    : Buffer.concat(rows.map(({ frame }) => frame.bytes));
}

/** Rule ids have no spaces. */
function observedIn({ observed }: StoredEntry['draft']): string | undefined {
  return observed === undefined || observed.length === 0 ? undefined : observed.join(' ');
}

/**
 * Postgres text has neither NUL nor half a surrogate pair, and the two separators are ours; these
 * columns are copies for search, the leaf keeps the exact value.
 */
export function searchable(text: string | undefined): string | undefined {
  return text?.replaceAll(UNSTORABLE, shownControl).slice(0, 2000).toWellFormed();
}

// eslint-disable-next-line no-control-regex -- these three are what it is about
const UNSTORABLE = /[\0\x1e\x1f]/g;
/** Unicode's pictures of the control characters. */
const shownControl = (control: string) => String.fromCharCode(0x2400 + control.charCodeAt(0));
