import type { Frame } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { HeldPayload } from '../approvals/held-payload.ts';
import { Database } from '../platform/database.ts';
import type { McpSession } from './session-store.ts';
import { parseStoredFrame } from './stored-frame.ts';

/** A call as it was received. */
export interface Origin {
  readonly frame: Frame;
  readonly approvalId: string | undefined;
  /** In force when it was received; none for what is never judged. */
  readonly policyVersion: number | null;
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

  /**
   * As it was asked, and as it ran where reviewers changed it; none where it is no longer kept.
   * INVARIANT: only a call of this very session is found.
   */
  async find(session: McpSession, callId: string): Promise<readonly Frame[]> {
    const asked = await this.findCall(session, callId);
    return asked === undefined ? [] : [asked.frame, ...(await this.ran(session, callId))];
  }

  /** As it was forwarded, each of its rounds: also for the same call earlier, whose answer it got. */
  async ran(session: McpSession, callId: string): Promise<readonly Frame[]> {
    const { rows } = await this.database.pool.query<{ id: string }>(
      `select f.id from frame f join entry e on e.id = f.entry_id
        where f.edge = 'gateway-to-upstream' and e.kind = 'call.forwarded' and (
          (f.call_id = $1 and e.session_id = $2) or e.approval_id in (
            select approval_id from entry
             where call_id = $1 and session_id = $2 and approval_id is not null))`,
      [callId, session.id],
    );
    const ran = await this.payload.texts(rows.map(({ id }) => id));
    return [...ran.values()].map(parseStoredFrame);
  }

  /** As `find`, with the approval that it was held under, if it was, or that it came back to. */
  async findCall(session: McpSession, callId: string): Promise<Origin | undefined> {
    const { rows } = await this.database.pool.query<Row>(
      `select f.id, coalesce(e.approval_id, (
                select approval_id from entry
                 where call_id = $1 and session_id = $2 and approval_id is not null limit 1
              )) as approval_id, (e.content::json #>> '{data,policy}')::int as policy_version from frame f join entry e on e.id = f.entry_id
        where f.call_id = $1 and f.edge = 'agent-to-gateway' and e.kind = 'call.received' and e.session_id = $2
        limit 1`,
      [callId, session.id],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    const text = (await this.payload.texts([row.id])).get(row.id);
    return text === undefined
      ? undefined
      : {
          frame: parseStoredFrame(text),
          approvalId: row.approval_id ?? undefined,
          policyVersion: row.policy_version,
        };
  }
}

interface Row {
  id: string;
  approval_id: string | null;
  policy_version: number | null;
}
