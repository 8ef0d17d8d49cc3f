import {
  applyEdits,
  createdTaskIdOf,
  parseServerFrame,
  replaceTaskParam,
  withTaskId,
} from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import type { ApprovalRecord } from '../approvals/approval.ts';
import type { HeldTask } from '../approvals/held-task.sql.ts';
import type { TaskStanding } from '../approvals/task-desk.ts';
import type { EntryDraft } from '../audit/entry.ts';
import { Envelope } from '../platform/envelope.ts';
import { newId } from '../platform/new-id.ts';
import { AnswerPresenter } from './answer-presenter.ts';
import type { Call } from './call.ts';
import { Forwarder } from './forwarder.ts';
import { HeldTaskCalls } from './held-task-calls.ts';
import { Judge, type Verdict } from './judge.ts';
import { unionOf } from './masker.ts';
import { refusalText } from './refusal.ts';
import { UnattendedExchange } from './unattended-exchange.ts';
import { parseStoredFrame } from './stored-frame.ts';

/** What is said to the agent, as it is recorded. */
export interface Said {
  readonly status: number;
  readonly text: string;
  readonly record: NonNullable<EntryDraft['data']>;
  /** Whether the upstream answered, so that its task is in the agent's hands. */
  readonly isAnswer: boolean;
}

/**
 * An upstream may answer the call of a task with a task of its own. What the agent asks of the one then
 * goes to the other, under the other's id; the agent never learns it.
 */
@Injectable()
export class HeldTaskRelay {
  constructor(
    private readonly envelope: Envelope,
    private readonly calls: HeldTaskCalls,
    private readonly judge: Judge,
    private readonly forwarder: Forwarder,
    private readonly presenter: AnswerPresenter,
  ) {}

  seal(task: HeldTask, upstreamTaskId: string): Uint8Array {
    return this.envelope.sealText(upstreamTaskId, contextOf(task));
  }

  /**
   * The upstream's task, for one that took up an approval which ran for another: it is in the recorded
   * answer then, and not in this task's row. `undefined` where that answer is no task.
   */
  async found({ task, approval }: TaskStanding): Promise<Uint8Array | undefined> {
    const answer = await this.calls.storedAnswer(approval);
    const upstreamTaskId = answer && createdTaskIdOf(answer);
    return upstreamTaskId === undefined ? undefined : this.seal(task, upstreamTaskId);
  }

  /** @param given - the task's id as the agent knows it */
  async passOn(
    call: Call,
    given: string,
    { task, approval }: TaskStanding,
    sealed: Uint8Array,
  ): Promise<Said> {
    const upstreamTaskId = this.envelope.openText(sealed, contextOf(task));
    const text = applyEdits(call.frame.text, replaceTaskParam(call.frame, upstreamTaskId));
    // The upstream's id may be longer than the one that it came with.
    const frame = parseStoredFrame(text);
    const origin = await this.calls.of(task, approval);
    const verdict = await this.#verdict(call, task, approval, origin);
    // What is said before the answer would carry the upstream's id.
    const passed: Call = { ...call, frame, exchange: new UnattendedExchange() };
    const outcome = await this.forwarder.forward(passed, verdict, 0, call.exchange.left);
    if (outcome.kind !== 'answer') {
      const { refusal } = outcome;
      const said = refusalText(call.id, call.method, call.era, refusal);
      return { status: 200, text: said, record: { code: refusal.code }, isAnswer: false };
    }
    const { text: shown, record } = this.presenter.present(call, verdict, outcome.frame, newId());
    const parsed = parseServerFrame(shown);
    return {
      status: outcome.status,
      text: parsed.kind === 'frame' ? withTaskId(parsed.frame, given) : shown,
      record: { isError: outcome.frame.message.kind === 'error', ...record },
      isAnswer: true,
    };
  }

  /** Masked as the answer to its call: by what was in force when it was held, and by what is now. */
  async #verdict(
    call: Call,
    task: HeldTask,
    approval: ApprovalRecord,
    origin: Call | undefined,
  ): Promise<Verdict> {
    const own = this.judge.judge(call.frame, call);
    if (origin === undefined) return own;
    const then = [approval.heldPolicyVersion, task.policyVersion];
    const edited = await this.calls.editedOf(task, approval);
    // INVARIANT: masked by what ran, too, where reviewers changed what was asked.
    const frames = [origin.frame, ...(edited ? [edited.frame] : [])];
    const verdicts = await Promise.all(
      frames.map((frame) =>
        this.judge.withMasksUnder(then, this.judge.judge(frame, origin), frame, origin),
      ),
    );
    return { ...own, masks: unionOf(own.masks, ...verdicts.map(({ masks }) => masks)) };
  }
}

/** Binds a sealed upstream task id to its row. */
function contextOf(task: HeldTask): string {
  return `held-task:${task.id}`;
}
