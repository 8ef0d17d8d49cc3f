import { parseServerFrame, protocolVersionOf, type Frame } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import type { ApprovalRecord } from '../approvals/approval.ts';
import { HeldEdits, type EditedRun } from '../approvals/held-edits.ts';
import { HeldPayload } from '../approvals/held-payload.ts';
import type { HeldTask } from '../approvals/held-task.sql.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { methodOf, targetOf, type Call } from './call.ts';
import { UnattendedExchange } from './unattended-exchange.ts';
import { parseStoredFrame } from './stored-frame.ts';

/** The call behind a task, from the record: no exchange of its agent outlived the answer with the handle. */
@Injectable()
export class HeldTaskCalls {
  constructor(
    private readonly payload: HeldPayload,
    private readonly edits: HeldEdits,
    private readonly connections: ConnectionRegistry,
  ) {}

  /** `undefined` when its connection or its stored request is no longer there. */
  async of(task: HeldTask, approval: ApprovalRecord): Promise<Call | undefined> {
    const connection = this.connections.byId(approval.connectionId);
    const text = (await this.payload.texts([task.requestFrameId])).get(task.requestFrameId);
    if (connection === undefined || text === undefined) return undefined;
    const frame = parseStoredFrame(text);
    const { message } = frame;
    if (message.kind !== 'request') return undefined;
    return {
      exchange: new UnattendedExchange(),
      connection,
      caller: task.caller,
      frame,
      // Stateless: there is no session at the upstream to go on with.
      session: {
        id: task.sessionId,
        connectionId: connection.id,
        callerKey: approval.callerKey,
        client: approval.client,
        era: 'modern',
        upstreamSessionId: null,
        hasHandle: false,
      },
      era: 'modern',
      protocolVersion: protocolVersionOf(message) ?? null,
      callId: task.callId,
      approvalId: approval.id,
      id: message.id,
      method: methodOf({ frame }),
      target: targetOf({ frame }),
    };
  }

  /** What ran in the place of what was asked; `undefined` where nothing did, or it is no longer kept. */
  async editedOf(task: HeldTask, approval: ApprovalRecord): Promise<EditedRun | undefined> {
    const call = approval.editId === null ? undefined : await this.of(task, approval);
    return call && this.edits.run(call.frame, approval);
  }

  /** The answer as it was recorded: masked, and no longer there where its payload was deleted. */
  async storedAnswer({ answerFrameId }: ApprovalRecord): Promise<Frame | undefined> {
    if (answerFrameId === null) return undefined;
    const text = (await this.payload.texts([answerFrameId])).get(answerFrameId);
    const parsed = text === undefined ? undefined : parseServerFrame(text);
    return parsed?.kind === 'frame' ? parsed.frame : undefined;
  }
}
