import { member, paramsOf, stringMember, type Frame } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database.ts';
import { Envelope } from '../platform/envelope.ts';
import { CallOrigins } from './call-origins.ts';
import type { Call } from './call.ts';

/**
 * Whose an upstream's task is: of the session that it was answered to. The upstream itself can't
 * tell, since every caller comes to it with the gateway's one credential.
 */
@Injectable()
export class TaskOwners {
  constructor(
    private readonly database: Database,
    private readonly envelope: Envelope,
    private readonly origins: CallOrigins,
  ) {}

  /** What the record of an answer keeps of a task that was created; never the id itself. */
  keyOf({ message }: Frame): string | undefined {
    if (message.kind !== 'result') return undefined;
    const isModernTask = stringMember(message.result, 'resultType') === 'task';
    const holder = isModernTask ? message.result : member(message.result, 'task');
    const id = stringMember(holder, 'taskId');
    return id === undefined ? undefined : this.#key(id);
  }

  /** INVARIANT: the call that made the task, found in this very session only; else it doesn't exist. */
  async originOf(call: Call): Promise<Frame | undefined> {
    const id = stringMember(paramsOf(call.frame.message), 'taskId');
    if (id === undefined) return undefined;
    const { rows } = await this.database.pool.query<{ call_id: string }>(
      `select call_id from entry
        where session_id = $1 and kind = 'call.answered' and content::json #>> '{data,task}' = $2 limit 1`,
      [call.session.id, this.#key(id)],
    );
    const callId = rows[0]?.call_id;
    return callId === undefined ? undefined : this.origins.find(call.session, callId);
  }

  #key(id: string): string {
    return this.envelope.mac('holdpoint-task-id', id);
  }
}

export function isTaskMethod(method: string): boolean {
  return method.startsWith('tasks/');
}
