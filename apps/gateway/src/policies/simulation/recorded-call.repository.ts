import { callerSchema, storedClientSchema, type RecordedCall } from '@holdpoint/contracts';
import { parseClientFrame, type Frame } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { FrameReader, type FrameRow } from '../../audit/frame-reader.ts';
import { Database } from '../../platform/database.ts';
import type { CallSetting } from '../judged-call.ts';
import { framesById, type CallRow } from './recorded-call.sql.ts';

/** Requests that are in memory at once while calls are judged one after the other. */
const MAX_OPEN_BYTES = 8 * 1024 * 1024;

const sessionRowSchema = z.object({
  id: z.string(),
  caller: callerSchema,
  client: storedClientSchema,
});
export type RecordedSession = z.infer<typeof sessionRowSchema>;

/** A stored request, or why it can't be judged. */
export type OpenedRequest =
  | { readonly ok: true; readonly frame: Frame }
  | { readonly ok: false; readonly reason: 'retention' | 'unreadable' };

/**
 * Recorded calls, opened inside the gateway. What they say is for judging; who may see it is
 * another question (docs/decisions/0002-who-opens-stored-requests.md).
 */
@Injectable()
export class RecordedCalls {
  constructor(
    private readonly database: Database,
    private readonly reader: FrameReader,
  ) {}

  /** Calls with their stored requests, read in pieces that fit in memory. */
  async *opened(
    rows: readonly CallRow[],
  ): AsyncGenerator<readonly [CallRow, FrameRow | undefined]> {
    for (const piece of piecesOf(rows)) {
      const ids = piece.flatMap(({ frame_id }) => frame_id ?? []);
      const frames = await framesById(this.database.pool, ids);
      for (const row of piece) {
        yield [row, row.frame_id === null ? undefined : frames.get(row.frame_id)];
      }
    }
  }

  /** As it crossed the edge, parsed as strictly as then. A request that was tampered with doesn't open. */
  open(row: FrameRow | undefined): OpenedRequest {
    if (row === undefined) return { ok: false, reason: 'retention' };
    try {
      return { ok: true, frame: parseClientFrame(this.reader.bytesOf(row)) };
    } catch {
      return { ok: false, reason: 'unreadable' };
    }
  }

  /** The sessions of some calls, beside those that are known already. */
  async sessionsOf(
    rows: readonly CallRow[],
    known: ReadonlyMap<string, RecordedSession> = new Map(),
  ): Promise<ReadonlyMap<string, RecordedSession>> {
    const wanted = [...new Set(rows.map(({ session_id }) => session_id))];
    const missing = wanted.filter((id) => !known.has(id));
    const found = new Map(wanted.flatMap((id) => entryOf(id, known.get(id))));
    if (missing.length === 0) return found;
    const { rows: stored } = await this.database.pool.query(
      'select id, caller, client from session where id = any($1::uuid[])',
      [missing],
    );
    for (const session of z.array(sessionRowSchema).parse(stored)) found.set(session.id, session);
    return found;
  }
}

function entryOf<T>(id: string, value: T | undefined): [string, T][] {
  return value === undefined ? [] : [[id, value]];
}

function* piecesOf(rows: readonly CallRow[]): Generator<readonly CallRow[]> {
  let piece: CallRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = row.frame_size ?? 0;
    if (piece.length > 0 && bytes + size > MAX_OPEN_BYTES) {
      yield piece;
      piece = [];
      bytes = 0;
    }
    piece.push(row);
    bytes += size;
  }
  if (piece.length > 0) yield piece;
}

/** Its caller and client as they were recorded. */
export function settingOf(
  connection: CallSetting['connection'],
  { id, caller, client }: RecordedSession,
): CallSetting {
  return { connection, caller, session: { id, client } };
}

/** A recorded call for whoever may know that it happened: nothing of its arguments. */
export function toRecordedCall(
  row: CallRow,
  connection: string,
  session: RecordedSession | undefined,
): RecordedCall {
  return {
    callId: row.call_id,
    sessionId: row.session_id,
    entryId: row.id,
    at: row.at.toISOString(),
    connection,
    caller: session?.caller.displayName ?? row.who,
    client: session?.client.name ?? null,
    method: row.method,
    target: row.target === '' ? null : row.target,
    effect: row.effect,
  };
}
