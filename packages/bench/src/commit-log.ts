import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';

/** Tables of the same columns and indexes as the gateway's own, in the same database. */
export const COMMIT_LOG_SCHEMA = `
  drop schema if exists bench cascade;
  create schema bench;
  create table bench.entry (like public.entry including all);
  create table bench.frame (like public.frame including all);
`;

const INSERT = `
  with entries as (
    insert into bench.entry
      (id, at, kind, content, connection_id, session_id, call_id, approval_id, who, method, target, effect)
    select id, at, kind, content, connection, session, call, null, who, 'tools/call', 'query', 'allow'
    from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[])
      as row (id, at, kind, content, connection, session, call, who)
  )
  insert into bench.frame
    (id, entry_id, session_id, call_id, edge, at, salt, digest, sealed, encoding, size, bytes)
  select id, entry, session, call, edge, at, salt, digest, false, 'identity', size, bytes
  from unnest($9::uuid[], $1::uuid[], $6::uuid[], $7::uuid[], $10::text[], $2::timestamptz[], $11::bytea[], $12::text[], $13::int[], $14::bytea[])
    as row (id, entry, session, call, edge, at, salt, digest, size, bytes)`;

const CONNECTION = uuidv7();
const SESSION = uuidv7();
const WHO = 'https://issuer.example.com|bench';

interface Waiting {
  readonly cells: readonly unknown[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What any proxy that records before it acts has to do: one connection, one statement a batch, the
 * next batch gathering while the last one commits. Nothing is judged, masked, sealed or compressed.
 */
export class CommitLog {
  readonly #client: pg.Client;
  #queue: Waiting[] = [];
  #isWriting = false;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(databaseUrl: string): Promise<CommitLog> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    return new CommitLog(client);
  }

  /** Resolves once the record is committed. */
  commit(kind: string, edge: string, callId: string, frame: Buffer): Promise<void> {
    const cells = row(kind, edge, callId, frame);
    return new Promise((resolve, reject) => {
      this.#queue.push({ cells, resolve, reject });
      if (!this.#isWriting) void this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      const columns = (batch[0]?.cells ?? []).map((_, at) => batch.map(({ cells }) => cells[at]));
      try {
        await this.#client.query({ name: 'commit', text: INSERT, values: columns });
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isWriting = false;
  }
}

function row(kind: string, edge: string, callId: string, frame: Buffer): readonly unknown[] {
  const id = uuidv7();
  const frameId = uuidv7();
  const at = new Date().toISOString();
  const salt = randomBytes(16);
  const digest = createHash('sha256').update(salt).update(frame).digest('hex');
  const content = JSON.stringify({
    at,
    call: callId,
    connection: { id: CONNECTION, slug: 'bench' },
    data: {},
    effect: 'allow',
    frames: [{ digest, edge, id: frameId, size: frame.length }],
    id,
    kind,
    method: 'tools/call',
    session: SESSION,
    target: 'query',
    who: WHO,
  });
  return [
    ...[id, at, kind, content, CONNECTION, SESSION, callId, WHO],
    ...[frameId, edge, salt, digest, frame.length, frame],
  ];
}
