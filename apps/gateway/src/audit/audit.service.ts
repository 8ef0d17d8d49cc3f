import { parseEntry, type EntryContent } from '@holdpoint/audit-log';
import type { Checkpoint, Entry, EntryQuery } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { GatewayError } from '../platform/gateway.error.ts';
import { AuditRepository, type EntryRow } from './audit.repository.ts';
import { CheckpointKeeper } from './checkpoint-keeper.ts';
import { titleOf } from './entry-title.ts';
import { LogKey } from './log-key.ts';

/** The audit log as the console shows it. */
@Injectable()
export class AuditService {
  constructor(
    private readonly repository: AuditRepository,
    private readonly key: LogKey,
    private readonly keeper: CheckpointKeeper,
  ) {}

  async entries(query: EntryQuery): Promise<{ items: Entry[]; next: string | null }> {
    const rows = await this.repository.entries(query);
    const shown = rows.slice(0, query.limit);
    const more = rows.length > query.limit;
    return { items: shown.map(toEntryView), next: more ? (shown.at(-1)?.id ?? null) : null };
  }

  async checkpoint(): Promise<Checkpoint> {
    const head = await this.repository.newestHead();
    if (head === undefined) {
      throw new GatewayError('not_found', 'There is no checkpoint yet: nothing has been recorded.');
    }
    const { vkey } = await this.key.signer();
    return {
      size: head.size,
      root: Buffer.from(head.root).toString('base64'),
      note: head.note,
      vkey,
      at: head.at.toISOString(),
      keptIn: this.keeper.keptIn(),
    };
  }
}

function toEntryView(row: EntryRow): Entry {
  const content = readEntry(row.content, row.kind);
  return {
    id: row.id,
    at: row.at.toISOString(),
    kind: row.kind,
    position: row.position,
    title: titleOf(content),
    connection: connectionOf(content),
    sessionId: row.session_id,
    callId: row.call_id,
    approvalId: row.approval_id,
    who: row.who,
    method: row.method,
    target: row.target,
    content,
  };
}

/** Someone with write access to the database may have put anything there; it is shown, not believed. */
export function readEntry(content: string, kind: string): EntryContent {
  return parseEntry(content) ?? { id: '', at: '', kind, unreadable: content };
}

function connectionOf(content: EntryContent): string | null {
  const connection = content['connection'];
  if (typeof connection !== 'object' || connection === null || !('slug' in connection)) return null;
  return typeof connection['slug'] === 'string' ? connection['slug'] : null;
}
