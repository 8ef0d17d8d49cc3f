import type { EntryContent, FrameReference } from '@holdpoint/audit-log';
import {
  edgeSchema,
  type ReplayItem,
  type SessionReplay,
  type SessionSummary,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { readEntry } from '../audit/audit.service.ts';
import { titleOf } from '../audit/entry-title.ts';
import { FrameReader, type FrameRow } from '../audit/frame-reader.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { Reveals } from './reveals.ts';
import { SessionRepository, type SessionEntryRow, type SessionRow } from './session.repository.ts';

const PAGE = 200;

/** Sessions and their replay, from stored rows alone. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly repository: SessionRepository,
    private readonly frames: FrameReader,
    private readonly reveals: Reveals,
  ) {}

  async list(
    query: Parameters<SessionRepository['list']>[0],
  ): Promise<{ items: SessionSummary[]; next: string | null }> {
    const rows = await this.repository.list(query);
    const shown = rows.slice(0, query.limit);
    const more = rows.length > query.limit;
    return { items: shown.map(toSummary), next: more ? (shown.at(-1)?.id ?? null) : null };
  }

  async replay(id: string, after: string | null, person: SignedInPerson): Promise<SessionReplay> {
    const session = await this.repository.find(id);
    if (session === undefined) throw new GatewayError('not_found', 'There is no such session.');
    const rows = await this.repository.entries(id, after, PAGE + 1);
    const shown = rows.slice(0, PAGE);
    const frames = await this.repository.framesOf(shown.map((row) => row.id));
    const mayOpen = mayOpenRequests(person);
    if (mayOpen) await this.#recordReveal(person, session, frames);
    return {
      session: toSummary(session),
      items: shown.map((row) => this.#item(row, frames, mayOpen)),
      next: rows.length > PAGE ? (shown.at(-1)?.id ?? null) : null,
    };
  }

  async #recordReveal(
    person: SignedInPerson,
    session: SessionRow,
    frames: ReadonlyMap<string, FrameRow>,
  ): Promise<void> {
    const sealed = [...frames.values()].filter((frame) => frame.sealed).map((frame) => frame.id);
    await this.reveals.record(person, session, sealed);
  }

  #item(row: SessionEntryRow, frames: ReadonlyMap<string, FrameRow>, mayOpen: boolean): ReplayItem {
    const entry = readEntry(row.content, row.kind);
    return {
      id: row.id,
      at: row.at.toISOString(),
      kind: row.kind,
      callId: row.call_id,
      approvalId: row.approval_id,
      title: titleOf(entry),
      entry,
      position: row.position,
      frames: referencesIn(entry).map((reference) =>
        this.#frame(reference, frames.get(reference.id), mayOpen),
      ),
    };
  }

  /** Starts from what the entry says, so that a payload that was deleted still shows its digest. */
  #frame(
    reference: FrameReference,
    row: FrameRow | undefined,
    mayOpen: boolean,
  ): ReplayItem['frames'][number] {
    const edge = edgeSchema.catch('agent-to-gateway').parse(reference['edge']);
    const bytes = typeof reference['size'] === 'number' ? reference['size'] : 0;
    const { id, digest } = reference;
    const base = { id, edge, bytes, digest };
    if (row === undefined) return { ...base, text: null, withheld: 'retention' };
    if (row.sealed && !mayOpen) return { ...base, text: null, withheld: 'role' };
    return {
      ...base,
      text: Buffer.from(this.frames.bytesOf(row)).toString('utf8'),
      withheld: null,
    };
  }
}

/** Exact requests may hold anything an agent sent; see docs/decisions/0002-who-opens-stored-requests.md. */
export function mayOpenRequests({ roles }: SignedInPerson): boolean {
  return roles.includes('reviewer') || roles.includes('admin');
}

function referencesIn(entry: EntryContent): readonly FrameReference[] {
  return entry.frames ?? [];
}

function toSummary(row: SessionRow): SessionSummary {
  return {
    id: row.id,
    connection: { id: row.connection_id, slug: row.slug, title: row.title },
    caller: row.caller,
    client: row.client,
    era: row.era,
    protocolVersion: row.protocol_version,
    startedAt: row.started_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    counts: { calls: row.calls, held: row.held, denied: row.denied, masked: row.masked },
  };
}
