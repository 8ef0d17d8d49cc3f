import { parseClientFrame, type Frame } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { HeldPayload } from '../approvals/held-payload.ts';
import { Database } from '../platform/database.ts';
import type { McpSession } from './session-store.ts';

/** A call as it was received. */
export interface Origin {
  readonly frame: Frame;
  readonly approvalId: string | undefined;
}

/**
 * The request of an earlier call, from the record: what comes later on its behalf is judged and
 * masked as its own, whichever replica gets it.
 */
@Injectable()
export class CallOrigins {
  constructor(
    private readonly database: Database,
    private readonly payload: HeldPayload,
  ) {}

  /** INVARIANT: only a call of this very session is found. */
  async find(session: McpSession, callId: string): Promise<Frame | undefined> {
    return (await this.findCall(session, callId))?.frame;
  }

  /** As `find`, with the approval that it was held under, if it was. */
  async findCall(session: McpSession, callId: string): Promise<Origin | undefined> {
    const { rows } = await this.database.pool.query<{ id: string; approval_id: string | null }>(
      `select f.id, e.approval_id from frame f join entry e on e.id = f.entry_id
        where f.call_id = $1 and f.edge = 'agent-to-gateway' and e.kind = 'call.received' and e.session_id = $2
        limit 1`,
      [callId, session.id],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    const text = (await this.payload.texts([row.id])).get(row.id);
    return text === undefined
      ? undefined
      : { frame: parseClientFrame(Buffer.from(text)), approvalId: row.approval_id ?? undefined };
  }
}
