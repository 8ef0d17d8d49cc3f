import { member, paramsOf, stringMember, type Frame } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database.ts';
import { Envelope } from '../platform/envelope.ts';
import { CallOrigins } from './call-origins.ts';
import type { Call } from './call.ts';

/** More at once than any agent has; each is looked for. */
const MOST_NAMED = 64;

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

  /**
   * The calls that made the tasks which a request names: polled, changed, or listened to.
   *
   * INVARIANT: found in this very session only; `undefined` where one of them doesn't exist there.
   */
  async originsOf(call: Call): Promise<readonly Frame[] | undefined> {
    const ids = namedIn(call);
    if (ids.length > MOST_NAMED) return undefined;
    const origins: Frame[] = [];
    for (const id of ids) {
      const made = await this.#originsOf(call, id);
      if (made.length === 0) return undefined;
      origins.push(...made);
    }
    return origins;
  }

  async #originsOf(call: Call, id: string): Promise<readonly Frame[]> {
    const { rows } = await this.database.pool.query<{ call_id: string }>(
      `select call_id from entry
        where session_id = $1 and kind = 'call.answered' and content like '%"task":"%' -- by an index
          and content::json #>> '{data,task}' = $2 limit 1`,
      [call.session.id, this.#key(id)],
    );
    const callId = rows[0]?.call_id;
    return callId === undefined ? [] : this.origins.find(call.session, callId);
  }

  #key(id: string): string {
    return this.envelope.mac('holdpoint-task-id', id);
  }
}

export function isTaskMethod(method: string): boolean {
  return method.startsWith('tasks/');
}

/** What is no id is nobody's, as an id that was made up. */
function namedIn({ method, frame }: Call): readonly string[] {
  const params = paramsOf(frame.message);
  if (isTaskMethod(method)) return [stringMember(params, 'taskId') ?? ''];
  if (method !== 'subscriptions/listen' || params?.kind !== 'object') return [];
  // Beside the other things that can be listened to, or among them.
  return [params, ...params.members.map(({ value }) => value)]
    .map((holder) => member(holder, 'taskIds'))
    .flatMap((ids) => (ids?.kind === 'array' ? ids.items : ids === undefined ? [] : [ids]))
    .map((id) => (id.kind === 'string' ? id.value : ''));
}
