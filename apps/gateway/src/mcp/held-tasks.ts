import { ERRORS, type ErrorCode } from '@holdpoint/contracts';
import {
  declaresTasks,
  mayBecomeTask,
  MISSING_CAPABILITY,
  rpcError,
  taskAcknowledged,
  taskCreated,
  taskIdOf,
  TASKS_EXTENSION,
  type JsonObject,
} from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import type { ApprovalRecord } from '../approvals/approval.ts';
import { HeldEdits } from '../approvals/held-edits.ts';
import { HoldDesk } from '../approvals/hold-desk.ts';
import type { HeldTask } from '../approvals/held-task.sql.ts';
import { TaskDesk, type TaskStanding } from '../approvals/task-desk.ts';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { FreezeStore } from '../freezes/freeze-store.ts';
import { whyFrozen } from '../freezes/why-frozen.ts';
import { newId } from '../platform/new-id.ts';
import { recordOf, type Call } from './call.ts';
import { denialText } from './call-refusals.ts';
import { factsOf, leaseMs } from './held-task-facts.ts';
import { HeldTaskIds } from './held-task-ids.ts';
import { HeldTaskRounds } from './held-task-rounds.ts';
import { HeldTaskRunner } from './held-task-runner.ts';
import { HeldTaskRelay, type Said } from './held-task-relay.ts';
import { HeldTaskStates, isAnswerOf } from './held-task-states.ts';
import { holdDraft } from './hold-draft.ts';
import type { HoldEnd } from './hold-ladder.ts';
import { tooManyHolds } from './hold-refusals.ts';
import { Judge, type Verdict } from './judge.ts';
import type { Refusal } from './refusal.ts';

/** The first rung of the hold ladder: a client that understands tasks is given one, and polls it. */
@Injectable()
export class HeldTasks {
  constructor(
    private readonly holds: HoldDesk,
    private readonly tasks: TaskDesk,
    private readonly ids: HeldTaskIds,
    private readonly states: HeldTaskStates,
    private readonly runner: HeldTaskRunner,
    private readonly relay: HeldTaskRelay,
    private readonly rounds: HeldTaskRounds,
    private readonly judge: Judge,
    private readonly ledger: Ledger,
    private readonly edits: HeldEdits,
    private readonly freezes: FreezeStore,
  ) {}

  /**
   * Whether the agent of this call is given a task. Not for a tool that the upstream does not list: what
   * it says of that, mostly a plain refusal, reaches the agent as it is and not inside a task.
   */
  takes({ era, method, frame, continues }: Call, { toolDigest }: Verdict): boolean {
    return (
      era === 'modern' &&
      continues === undefined &&
      mayBecomeTask(method) &&
      toolDigest !== '' &&
      declaresTasks(frame.message)
    );
  }

  /** Whether a `tasks/…` request is about one of the gateway's own tasks, or claims to be. */
  knows({ era, frame }: Call): boolean {
    const taskId = taskIdOf(frame.message);
    return era === 'modern' && taskId !== undefined && this.ids.isOwn(taskId);
  }

  /**
   * Holds the call and answers it with its task. What needs no waiting (too many holds, a denial of a
   * moment ago, an answer that nobody took) goes to `settle`, as on any rung.
   */
  async hold(call: Call, verdict: Verdict, settle: (end: HoldEnd) => Promise<void>): Promise<void> {
    const { draft, received } = holdDraft(call, verdict, this.edits.digestOf(call.frame));
    const id = newId();
    const task = {
      id,
      callId: call.callId,
      sessionId: call.session.id,
      requestFrameId: draft.requestFrameId,
      policyVersion: verdict.policyVersion,
      caller: call.caller,
    };
    const outcome = await this.holds.hold(draft, received, call.connection, {
      waiter: { id, leaseMs: leaseMs(0) },
      draft: task,
    });
    if (outcome.kind === 'too-many')
      return settle({ kind: 'refused', approval: null, refusal: tooManyHolds(outcome.limit) });
    const { approval } = outcome;
    if (outcome.kind === 'denied-before')
      return settle({ kind: 'refused', approval, refusal: this.states.refusalOf(approval) });
    const isAnswered = approval.state === 'answered';
    if (isAnswered) await settle({ kind: 'answered', approval });
    // Where nobody has the handle, the same call finds the place free at once.
    if (isAnswered || !(await this.#give(call, id, approval)))
      await this.holds.detach(approval, id, 'its answer was not delivered', recordOf(call, ''));
  }

  /** INVARIANT: the task is committed before its handle is given out. */
  async #give(call: Call, id: string, approval: ApprovalRecord): Promise<boolean> {
    const task = await this.tasks.find(id, ownerOf(call));
    if (!task) return false;
    const facts = factsOf(
      this.ids.issue(id, call),
      task,
      approval,
      await this.states.waitingMessage(approval),
    );
    const text = taskCreated(call.id, facts, this.states.metaOf(approval));
    await this.ledger.append({
      ...recordOf(call, 'call.task'),
      approvalId: approval.id,
      frames: [{ edge: 'gateway-to-agent', bytes: Buffer.from(text), sealed: false }],
    });
    if (!(await call.exchange.finish(200, text))) return false;
    await this.tasks.given(task);
    return true;
  }

  /** What is asked of an own task. */
  async serve(call: Call): Promise<void> {
    const given = taskIdOf(call.frame.message) ?? '';
    const id = this.ids.open(given, call);
    const task = id === null ? undefined : await this.tasks.find(id, ownerOf(call));
    if (!declaresTasks(call.frame.message)) return this.#refuse(call, NOT_DECLARED);
    if (!task) return this.#refuse(call, UNKNOWN);
    await this.ledger.append(asked(call, task));
    const isPoll = call.method === 'tasks/get';
    const lease = leaseMs(Date.now() - task.createdAt.getTime());
    const standing = isPoll
      ? await this.tasks.poll(task, call.caller, lease)
      : await this.tasks.look(task);
    const frozen = this.freezes.over(call.caller.key, call.connection);
    // What a call came to is read no more than anything else; giving it up, and why it ended, pass.
    if (frozen && call.method !== 'tasks/cancel' && isAnswerOf(standing))
      return this.#refuse(call, numbered({ code: 'frozen', message: whyFrozen(frozen) }));
    if (isAnswerOf(standing)) {
      const upstreamTask = standing.task.upstreamTask ?? (await this.relay.found(standing));
      if (upstreamTask !== undefined) return this.#passOn(call, given, standing, upstreamTask);
    }
    if (isPoll) return this.#get(call, given, standing);
    const refusal = await this.#change(call, standing);
    if (refusal) return this.#refuse(call, numbered(refusal));
    await this.#say(call, standing, { text: taskAcknowledged(call.id), record: {} });
  }

  async #change(call: Call, standing: TaskStanding): Promise<Refusal | null> {
    switch (call.method) {
      case 'tasks/cancel':
        await this.tasks.cancel(standing.task, recordOf(call, ''));
        return null;
      case 'tasks/update':
        return isAnswerOf(standing) ? this.rounds.update(call, standing) : null;
      default:
        return NO_SUCH_METHOD;
    }
  }

  /** The upstream goes on with a task of its own; the answer with its handle was this task's. */
  async #passOn(
    call: Call,
    given: string,
    standing: TaskStanding,
    upstreamTask: Uint8Array,
  ): Promise<void> {
    const { task, approval } = standing;
    const now = this.judge.judge(call.frame, call);
    if (call.method !== 'tasks/cancel' && now.effect === 'deny') {
      const refusal = { code: now.refusal, message: denialText(now, call) };
      return this.#refuse(call, numbered(refusal));
    }
    const said = await this.relay.passOn(call, given, standing, upstreamTask);
    if (said.isAnswer) await this.tasks.collected(task);
    const delivered = await this.#say(call, standing, said);
    if (said.isAnswer && delivered) await this.#delivered(call, task, approval);
  }

  async #get(call: Call, given: string, standing: TaskStanding): Promise<void> {
    const { task, approval } = standing;
    const told = await this.states.of(call.id, given, standing);
    if (told.kind === 'over') return this.#refuse(call, OVER);
    const delivered = await this.#say(call, standing, told);
    if (told.delivers && delivered) await this.#delivered(call, task, approval);
    if (approval.state === 'approved' && standing.isWaiter) this.runner.wake();
  }

  /** Record → deliver. */
  async #say(
    call: Call,
    { approval }: TaskStanding,
    { status = 200, text, record }: Pick<Said, 'text' | 'record'> & { readonly status?: number },
  ): Promise<boolean> {
    await this.ledger.append({
      ...recordOf(call, 'call.answered'),
      approvalId: approval.id,
      data: record,
      // It may say with which other arguments the call ran.
      frames: [
        { edge: 'gateway-to-agent', bytes: Buffer.from(text), sealed: approval.editId !== null },
      ],
    });
    return call.exchange.finish(status, text);
  }

  async #delivered(call: Call, task: HeldTask, approval: ApprovalRecord): Promise<void> {
    await this.holds.delivered(approval.id, { ...recordOf(call, ''), callId: task.callId });
  }

  /** By the numbers that the extension demands. */
  async #refuse(call: Call, { code, rpc, message, data }: TaskRefusal): Promise<void> {
    const text = rpcError(call.id, rpc, message, { code, ...data });
    const { effect: _effect, data: _data, ...received } = asked(call);
    await this.ledger.append({
      ...received,
      kind: 'call.refused',
      effect: 'deny',
      data: { code },
      frames: [
        ...(received.frames ?? []),
        { edge: 'gateway-to-agent', bytes: Buffer.from(text), sealed: false },
      ],
    });
    await call.exchange.finish(ERRORS[code].http, text);
  }
}

const NO_SUCH_METHOD: Refusal = {
  code: 'unknown_method',
  message: 'Of a task there are tasks/get, tasks/update and tasks/cancel.',
};

interface TaskRefusal {
  readonly code: ErrorCode;
  readonly rpc: number;
  readonly message: string;
  readonly data?: JsonObject;
}

const UNKNOWN: TaskRefusal = {
  code: 'unknown_task',
  rpc: ERRORS.unknown_task.rpc,
  message: 'There is no such task for you on this connection.',
};
const OVER: TaskRefusal = {
  ...UNKNOWN,
  message:
    'This task has expired: its answer was delivered, and is no longer kept. Do not repeat the call without checking.',
};
const NOT_DECLARED: TaskRefusal = {
  code: 'missing_capability',
  rpc: MISSING_CAPABILITY,
  message: `Declare the extension ${TASKS_EXTENSION} in the request’s client capabilities.`,
  data: { requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } } },
};

function numbered({ code, message }: Refusal): TaskRefusal {
  return { code, message, rpc: ERRORS[code].rpc };
}

function ownerOf({ caller, connection }: Call) {
  return { callerKey: caller.key, connectionId: connection.id };
}

/** What belongs to a task is recorded beside its approval; never held, since the call itself was. */
function asked(call: Call, task?: HeldTask): EntryDraft {
  return {
    ...recordOf(call, 'call.received'),
    approvalId: task?.approvalId,
    effect: 'allow',
    frames: [{ edge: 'agent-to-gateway', bytes: call.frame.bytes, sealed: true }],
  };
}
