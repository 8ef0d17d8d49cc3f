import type { RecordedCall, RecordedCallQuery } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database.ts';
import { RecordedCalls, toRecordedCall } from './recorded-call.repository.ts';
import { recentCalls, type CallRow } from './recorded-call.sql.ts';
import { RecordedConnections } from './recorded-connections.ts';

/** Recorded calls to choose from: who called what when, and nothing of what was said. */
@Injectable()
export class RecordedCallList {
  constructor(
    private readonly database: Database,
    private readonly calls: RecordedCalls,
    private readonly connections: RecordedConnections,
  ) {}

  async page({
    cursor = null,
    limit,
    q,
  }: Omit<RecordedCallQuery, 'cursor'> & { readonly cursor?: string | null | undefined }): Promise<{
    items: RecordedCall[];
    next: string | null;
  }> {
    const wanted = q === undefined || q === '' ? null : q;
    const rows = await recentCalls(this.database.pool, { cursor, q: wanted, limit });
    const shown = rows.slice(0, limit);
    const more = rows.length > limit;
    return { items: await this.shown(shown), next: more ? (shown.at(-1)?.id ?? null) : null };
  }

  async shown(rows: readonly CallRow[]): Promise<RecordedCall[]> {
    const sessions = await this.calls.sessionsOf(rows);
    return rows.map((row) => {
      const slug = this.connections.slugOf(row.connection_id);
      return toRecordedCall(row, slug, sessions.get(row.session_id));
    });
  }
}
