import type { AskedDetail, AskedItem } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database } from '../platform/database.ts';
import type { ApprovalRecord } from './approval.ts';
import { APPROVAL_COLUMNS, findApproval, manyApprovals } from './approval.sql.ts';
import { whyOf } from './approvals.view.ts';
import { argumentsTextOf, HeldPayload } from './held-payload.ts';
import { askedOf, notesOf, type AskedRow } from './note.sql.ts';
import { notFound } from './verdicts.service.ts';

/**
 * What somebody was asked about, with a role or without: the call itself and the questions to them.
 * SECURITY: a question opens one approval, to the person it is for. Who reviews it, what they said to
 * each other and how they decided stays theirs.
 */
@Injectable()
export class AskedView {
  constructor(
    private readonly database: Database,
    private readonly connections: ConnectionRegistry,
    private readonly payload: HeldPayload,
  ) {}

  async list(person: SignedInPerson): Promise<AskedItem[]> {
    const { pool } = this.database;
    const asked = await askedOf(pool, person.key);
    if (asked.length === 0) return [];
    const records = await manyApprovals(
      pool,
      `select ${APPROVAL_COLUMNS} from approval a where a.id = any($1::uuid[])`,
      [asked.map(({ approval_id: id }) => id)],
    );
    const byId = new Map(records.map((record) => [record.id, record]));
    return asked.flatMap((row) => {
      const record = byId.get(row.approval_id);
      return record === undefined ? [] : [this.#item(record, row)];
    });
  }

  async detail(id: string, person: SignedInPerson): Promise<AskedDetail> {
    const { pool } = this.database;
    const row = (await askedOf(pool, person.key)).find(({ approval_id: each }) => each === id);
    const record = row && (await findApproval(pool, id));
    if (!record) throw notFound();
    const [notes, texts] = await Promise.all([
      notesOf(pool, id),
      this.payload.texts([record.requestFrameId]),
    ]);
    const request = texts.get(record.requestFrameId);
    return {
      ...this.#item(record, row),
      argumentsText: request === undefined ? null : argumentsTextOf(request),
      notes: notes.filter(
        (note) =>
          note.askedOf?.key === person.key ||
          (note.kind === 'answer' && note.person.key === person.key),
      ),
    };
  }

  #item(record: ApprovalRecord, { answered }: AskedRow): AskedItem {
    const connection = this.connections.byId(record.connectionId);
    return {
      approvalId: record.id,
      connection: {
        slug: connection?.slug ?? '',
        title: connection?.title ?? 'A removed connection',
      },
      method: record.method,
      target: record.target === '' ? null : record.target,
      caller: record.caller,
      client: record.client,
      why: whyOf(record),
      heldAt: record.heldAt.toISOString(),
      expiresAt: record.expiresAt.toISOString(),
      isHeld: record.state === 'held',
      answered,
    };
  }
}
