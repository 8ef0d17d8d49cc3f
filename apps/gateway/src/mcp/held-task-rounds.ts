import {
  inputRequestsIn,
  inputRequiredOf,
  inputResponsesIn,
  nextRoundText,
  type Frame,
} from '@holdpoint/mcp';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ApprovalRecord } from '../approvals/approval.ts';
import type { HeldTask } from '../approvals/held-task.sql.ts';
import { TaskDesk, type TaskStanding } from '../approvals/task-desk.ts';
import type { Environment } from '../env.ts';
import { Envelope } from '../platform/envelope.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import type { Call } from './call.ts';
import { denialText, TASK_CANCELLED } from './call-refusals.ts';
import { Continuations } from './continuations.ts';
import { HeldTaskCalls } from './held-task-calls.ts';
import { HeldTaskRunner } from './held-task-runner.ts';
import { Judge } from './judge.ts';
import type { Refusal } from './refusal.ts';
import { UpstreamAsks } from './upstream-asks.ts';
import { parseStoredFrame } from './stored-frame.ts';

/** What was answered of one round so far: the recorded answer that asks, and key → response as JSON text. */
const storedSchema = z.object({
  asking: z.string(),
  responses: z.array(z.tuple([z.string(), z.string()])),
});

type Texts = ReadonlyMap<string, string>;

/**
 * Input that the upstream asks of a task's call: shown in the task's state, answered by `tasks/update`,
 * and taken upstream as the next round of the very call, covered by its release.
 */
@Injectable()
export class HeldTaskRounds {
  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly envelope: Envelope,
    private readonly tasks: TaskDesk,
    private readonly calls: HeldTaskCalls,
    private readonly judge: Judge,
    private readonly asks: UpstreamAsks,
    private readonly continuations: Continuations,
    private readonly runner: HeldTaskRunner,
  ) {}

  /** What is still to be answered, under the agent's keys. `undefined` when the answer asks for nothing. */
  outstanding({ task, approval }: TaskStanding, answer: Frame): Texts | undefined {
    if (inputRequiredOf(answer)?.kind !== 'asks') return undefined;
    const given = this.#read(task, task.inputResponses, approval);
    const open = [...inputRequestsIn(answer)].filter(([key]) => !given.has(key));
    return new Map(open.map(([key, request]) => [agentKey(key, approval), request]));
  }

  /**
   * Takes what a `tasks/update` answers. What answers nothing that is outstanding is ignored; with the
   * last of it the next round begins.
   */
  async update(update: Call, { task, approval }: TaskStanding): Promise<Refusal | null> {
    const answer = await this.calls.storedAnswer(approval);
    if (answer === undefined || inputRequiredOf(answer)?.kind !== 'asks') return null;
    if (task.cancelledAt !== null || task.cancelAskedAt !== null) return TASK_CANCELLED;
    const origin = await this.calls.of(task, approval);
    if (origin === undefined) return null;
    const brought = inputResponsesIn(update.frame);
    const roomBytes = this.env.HOLDPOINT_MAX_FRAME_BYTES - origin.frame.bytes.length;
    let all: Texts = new Map();
    let isTooLarge = false;
    await this.tasks.addResponses(task, (sealed) => {
      const given = this.#read(task, sealed, approval);
      const responses = [...inputRequestsIn(answer).keys()].flatMap((key) => {
        const response = given.get(key) ?? brought.get(agentKey(key, approval));
        return response === undefined ? [] : [[key, response] as const];
      });
      all = new Map(responses);
      // INVARIANT: a round that an agent gives in parts is no larger than one that it could send whole.
      isTooLarge = bytesOf(all) > roomBytes;
      return isTooLarge ? null : this.#seal(task, approval, all);
    });
    if (isTooLarge) return tooMuchInput(this.env.HOLDPOINT_MAX_FRAME_BYTES);
    if (all.size < inputRequestsIn(answer).size) return null;
    return this.#goOn(task, approval, answer, all);
  }

  /** Begins the next round with what was answered, where that is all: also where a process died over it. */
  goOn({ task, approval }: TaskStanding, answer: Frame): Promise<Refusal | null> {
    const responses = this.#read(task, task.inputResponses, approval);
    return this.#goOn(task, approval, answer, responses);
  }

  /** Judged again, never held again, and forwarded once for the answer that asked for it. */
  async #goOn(
    task: HeldTask,
    approval: ApprovalRecord,
    answer: Frame,
    responses: Texts,
  ): Promise<Refusal | null> {
    const origin = await this.calls.of(task, approval);
    const asked = inputRequiredOf(answer);
    if (origin === undefined || asked?.kind !== 'asks') return null;
    const asking = this.asks.in(answer, origin);
    if (asking?.refusal) return asking.refusal;
    const text = nextRoundText(origin.frame, responses, asked.requestState ?? '');
    const frame = parseStoredFrame(text);
    const incoming = { ...origin, frame };
    const call: Call = { ...incoming, ...this.continuations.recognise(incoming) };
    const verdict = this.judge.judge(call.frame, call);
    if (verdict.effect === 'deny')
      return { code: verdict.refusal, message: denialText(verdict, call) };
    return this.runner.startRound(task, call, (forward) =>
      this.continuations.proceed(call, verdict, forward, task.id),
    );
  }

  #seal(task: HeldTask, approval: ApprovalRecord, responses: Texts): Uint8Array {
    const stored = { asking: approval.answerFrameId ?? '', responses: [...responses] };
    return this.envelope.sealText(JSON.stringify(stored), contextOf(task));
  }

  /** Of this round only: what an earlier one was answered means nothing here. */
  #read(task: HeldTask, sealed: Uint8Array | null, { answerFrameId }: ApprovalRecord): Texts {
    if (sealed === null) return new Map();
    const text = this.envelope.openText(sealed, contextOf(task));
    const { asking, responses } = storedSchema.parse(JSON.parse(text));
    return new Map(asking === answerFrameId ? responses : []);
  }
}

function bytesOf(texts: Texts): number {
  return [...texts].reduce((sum, [key, text]) => sum + Buffer.byteLength(key + text), 0);
}

function tooMuchInput(maxBytes: number): Refusal {
  return {
    code: 'frame_too_large',
    message: `With this input the next round of the call would be larger than a message may be (${maxBytes} bytes), so none of it was taken. Give less, or cancel the task.`,
  };
}

/** An upstream may use a key again in a later round; in a task's life each stands for one request. */
function agentKey(key: string, { answerFrameId }: ApprovalRecord): string {
  return `${key}.${(answerFrameId ?? '').slice(-12)}`;
}

function contextOf(task: HeldTask): string {
  return `held-task-input:${task.id}`;
}
