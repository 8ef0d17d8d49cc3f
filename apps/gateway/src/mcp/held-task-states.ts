import {
  parseServerFrame,
  taskEnded,
  taskNeedsInput,
  taskState,
  type Frame,
  type JsonRpcId,
  type OpenTaskStatus,
} from '@holdpoint/mcp';
import { Inject, Injectable } from '@nestjs/common';
import { toVerdictRecord } from '../approvals/verdict-record.ts';
import type { ApprovalRecord } from '../approvals/approval.ts';
import { TaskDesk, type TaskStanding } from '../approvals/task-desk.ts';
import type { EntryDraft } from '../audit/entry.ts';
import type { Environment } from '../env.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { disclosedIn } from './edited-call.ts';
import { HeldTaskCalls } from './held-task-calls.ts';
import { COLLECTABLE_MS, factsOf, waitingMessage } from './held-task-facts.ts';
import { HeldTaskRounds } from './held-task-rounds.ts';
import { endRefusal } from './hold-refusals.ts';
import { Judge } from './judge.ts';
import { unionOf } from './masker.ts';
import { Presenter } from './presenter.ts';
import { refusalText, type Refusal } from './refusal.ts';
import { UpstreamAsks } from './upstream-asks.ts';

/** What a `tasks/get` is answered with. */
export type ToldState =
  | {
      readonly kind: 'told';
      readonly text: string;
      readonly record: NonNullable<EntryDraft['data']>;
      /** It holds the call's answer: taken, that is delivered. */
      readonly delivers: boolean;
    }
  /** It was there, and is no longer kept. */
  | { readonly kind: 'over' };

/** What an agent is told of its task, by the state of the approval behind it. */
@Injectable()
export class HeldTaskStates {
  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly tasks: TaskDesk,
    private readonly calls: HeldTaskCalls,
    private readonly rounds: HeldTaskRounds,
    private readonly judge: Judge,
    private readonly asks: UpstreamAsks,
    private readonly presenter: Presenter,
  ) {}

  async of(id: JsonRpcId, taskId: string, standing: TaskStanding): Promise<ToldState> {
    const { task, approval, isWaiter } = standing;
    const open = (message: string, status: OpenTaskStatus = 'working') =>
      this.#open(id, taskId, standing, message, status);
    if (task.cancelledAt !== null)
      return open(task.cancelAskedAt === null ? GIVEN_UP : LEFT_TO_ANOTHER, 'cancelled');
    switch (approval.state) {
      case 'held':
        return open(await this.waitingMessage(approval));
      case 'approved':
        return open(isWaiter ? APPROVED : ELSEWHERE);
      case 'claimed':
        return open(task.cancelAskedAt === null ? RUNNING : BREAKING_OFF);
      case 'answered':
        return isAnswerOf(standing) ? this.#answer(id, taskId, standing) : open(ELSEWHERE);
      case 'delivered':
        if (!isAnswerOf(standing)) return this.#ended(id, taskId, standing);
        return isOver(approval) ? { kind: 'over' } : this.#answer(id, taskId, standing);
      case 'failed':
      case 'unknown':
        if (task.cancelAskedAt !== null) return open(brokenOff(approval), 'cancelled');
        return this.#lost(id, taskId, standing);
      case 'denied':
      case 'expired':
      case 'withdrawn':
      case 'void':
        return this.#ended(id, taskId, standing);
      default:
        return approval.state satisfies never;
    }
  }

  /** Names only what an admin set. */
  async waitingMessage(approval: ApprovalRecord): Promise<string> {
    const verdicts = await this.tasks.verdictsOn(approval.id);
    return waitingMessage(approval, verdicts.map(toVerdictRecord), this.#linkTo(approval));
  }

  /** Why the call of a settled approval has no answer of the upstream. */
  refusalOf(approval: ApprovalRecord): Refusal {
    return endRefusal(approval, this.#linkTo(approval));
  }

  /** For programs: which approval it is. */
  metaOf(approval: ApprovalRecord): Readonly<Record<string, unknown>> {
    const { id, state } = approval;
    return { 'holdpoint/approval': { id, link: this.#linkTo(approval), state } };
  }

  #open(
    id: JsonRpcId,
    taskId: string,
    { task, approval }: TaskStanding,
    message: string,
    status: OpenTaskStatus,
  ): ToldState {
    const facts = factsOf(taskId, task, approval, message);
    const text = taskState(id, facts, status, this.metaOf(approval));
    return { kind: 'told', text, record: { taskStatus: status }, delivers: false };
  }

  /** It was forwarded: with which arguments is told from what is sealed, as the record of its end has none. */
  async #lost(id: JsonRpcId, taskId: string, standing: TaskStanding): Promise<ToldState> {
    const { task, approval } = standing;
    const edited = await this.calls.editedOf(task, approval);
    return this.#refused(id, taskId, standing, disclosedIn(this.refusalOf(approval), { edited }));
  }

  /** The call did not run, or nobody knows: told as the answer to the call would have been. */
  #ended(id: JsonRpcId, taskId: string, standing: TaskStanding): ToldState {
    return this.#refused(id, taskId, standing, this.refusalOf(standing.approval));
  }

  #refused(
    id: JsonRpcId,
    taskId: string,
    { task, approval }: TaskStanding,
    refusal: Refusal,
  ): ToldState {
    const ended = parsed(refusalText(id, approval.method, 'modern', refusal));
    if (ended === undefined) throw new Error('An own answer can’t be read.');
    const text = taskEnded(id, factsOf(taskId, task, approval, refusal.message), ended);
    return { kind: 'told', text, record: { code: refusal.code }, delivers: false };
  }

  /** Masked when it was recorded, and again by what is masked today. */
  async #answer(id: JsonRpcId, taskId: string, standing: TaskStanding): Promise<ToldState> {
    const { task, approval } = standing;
    const call = await this.calls.of(task, approval);
    const stored = await this.calls.storedAnswer(approval);
    if (call === undefined || stored === undefined) return { kind: 'over' };
    // What may not be asked today is not asked from the record either.
    const asking = this.asks.in(stored, call);
    if (asking?.refusal) return this.#refused(id, taskId, standing, asking.refusal);
    const own = this.judge.judge(call.frame, call);
    const verdict = { ...own, masks: unionOf(own.masks, asking?.masks ?? []) };
    const { text, record } = this.presenter.present(call, verdict, stored);
    const shown = parsed(text);
    if (shown === undefined) return { kind: 'over' };
    const needed = this.rounds.outstanding(standing, shown);
    if (needed !== undefined && task.cancelAskedAt !== null)
      return this.#open(id, taskId, standing, BETWEEN_ROUNDS, 'cancelled');
    await this.tasks.collected(task);
    const delivers = approval.state === 'answered';
    const facts = (message: string) => factsOf(taskId, task, approval, message);
    if (needed === undefined) {
      const ended = taskEnded(id, facts(ANSWERED), shown);
      return { kind: 'told', text: ended, record: { fromRecord: true, ...record }, delivers };
    }
    if (needed.size > 0) {
      const asking = taskNeedsInput(id, facts(NEEDS_INPUT), needed);
      return { kind: 'told', text: asking, record: { taskStatus: 'input_required' }, delivers };
    }
    // It only wants the call again, or has all it asked for: that is for the gateway to do.
    await this.rounds.goOn(standing, stored).catch((error: unknown) => {
      // Another poll was faster, or the upstream's state is too old by now.
      if (!(error instanceof GatewayError && error.code === 'bad_request_state')) throw error;
    });
    return this.#open(id, taskId, standing, RUNNING, 'working');
  }

  #linkTo(approval: ApprovalRecord): string {
    return `${this.env.HOLDPOINT_PUBLIC_URL}/inbox/${approval.id}`;
  }
}

/** Whether the answer that is recorded is this task's to tell. */
export function isAnswerOf({ task, approval, isWaiter }: TaskStanding): boolean {
  return (
    (approval.state === 'answered' && isWaiter) ||
    (approval.state === 'delivered' && task.collectedAt !== null)
  );
}

function parsed(text: string): Frame | undefined {
  const read = parseServerFrame(text);
  return read.kind === 'frame' ? read.frame : undefined;
}

/** By the clock of the database, give or take a few milliseconds of this one. */
function isOver({ deliveredAt }: ApprovalRecord): boolean {
  return deliveredAt !== null && Date.now() - deliveredAt.getTime() > COLLECTABLE_MS;
}

function brokenOff({ state }: ApprovalRecord): string {
  return state === 'failed'
    ? 'Cancelled before it was forwarded. It has not run.'
    : 'Cancelled after it was forwarded: it may have run. Do not repeat it without checking.';
}

const GIVEN_UP =
  'Cancelled: nothing has run for this task, and nothing will. The same call made again takes up its approval, while that lasts.';
const LEFT_TO_ANOTHER =
  'Cancelled after its call was forwarded. The same call, made again, waits for its answer; do not repeat it beside that.';
const BETWEEN_ROUNDS =
  'Cancelled after its call was forwarded and before the upstream got the input that it asked for. No further round runs; do not repeat the call without checking.';
const APPROVED = 'Approved. The call runs now.';
const RUNNING = 'Approved and forwarded. Its answer is not there yet.';
const BREAKING_OFF = 'Forwarded before it was cancelled; the cancellation is passed on.';
const ELSEWHERE = 'The same call, made again, waits for this approval now; its answer goes there.';
const NEEDS_INPUT =
  'Approved and forwarded. The upstream needs input to go on; give it with tasks/update.';
const ANSWERED = 'The call ran, and this is its answer.';
