import {
  inputRequestsIn,
  inputRequiredOf,
  inputResponsesIn,
  nextRoundText,
  parseClientFrame,
  type Frame,
} from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ApprovalRecord } from '../approvals/approval.ts';
import type { HeldTask } from '../approvals/held-task.sql.ts';
import { TaskDesk, type TaskStanding } from '../approvals/task-desk.ts';
import { Envelope } from '../platform/envelope.ts';
import type { Call } from './call.ts';
import { denialText } from './call-refusals.ts';
import { Continuations } from './continuations.ts';
import { HeldTaskCalls } from './held-task-calls.ts';
import { HeldTaskRunner } from './held-task-runner.ts';
import { Judge } from './judge.ts';
import type { Refusal } from './refusal.ts';

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
    private readonly envelope: Envelope,
    private readonly tasks: TaskDesk,
    private readonly calls: HeldTaskCalls,
    private readonly judge: Judge,
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
    const brought = inputResponsesIn(update.frame);
    let all: Texts = new Map();
    await this.tasks.addResponses(task, (sealed) => {
      const given = this.#read(task, sealed, approval);
      const responses = [...inputRequestsIn(answer).keys()].flatMap((key) => {
        const response = given.get(key) ?? brought.get(agentKey(key, approval));
        return response === undefined ? [] : [[key, response] as const];
      });
      all = new Map(responses);
      return this.#seal(task, approval, all);
    });
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
    const text = nextRoundText(origin.frame, responses, asked.requestState ?? '');
    const frame = parseClientFrame(Buffer.from(text), { maxBytes: Number.MAX_SAFE_INTEGER });
    const incoming = { ...origin, frame };
    const call: Call = { ...incoming, ...this.continuations.recognise(incoming) };
    const verdict = this.judge.judge(call.frame, call);
    if (verdict.effect === 'deny') return { code: verdict.refusal, message: denialText(verdict) };
    return this.runner.startRound(task, call, (forward) =>
      this.continuations.proceed(call, verdict, forward),
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

/** An upstream may use a key again in a later round; in a task's life each stands for one request. */
function agentKey(key: string, { answerFrameId }: ApprovalRecord): string {
  return `${key}.${(answerFrameId ?? '').slice(-12)}`;
}

function contextOf(task: HeldTask): string {
  return `held-task-input:${task.id}`;
}
