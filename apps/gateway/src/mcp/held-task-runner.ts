import { setTimeout as delay } from 'node:timers/promises';
import { createdTaskIdOf } from '@holdpoint/mcp';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { ApprovalRecord } from '../approvals/approval.ts';
import type { HeldTask } from '../approvals/held-task.sql.ts';
import { HeldEdits } from '../approvals/held-edits.ts';
import { HoldDesk } from '../approvals/hold-desk.ts';
import { TaskDesk } from '../approvals/task-desk.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { Environment } from '../env.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Logger } from '../platform/logger.ts';
import { newId } from '../platform/new-id.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { AnswerPresenter } from './answer-presenter.ts';
import { recordOf, type Call } from './call.ts';
import { CANCELLED, MAY_HAVE_RUN } from './call-refusals.ts';
import type { Round } from './continuations.ts';
import { forwardedRecord, recordedIn } from './edited-call.ts';
import { Forwarder, type UpstreamOutcome } from './forwarder.ts';
import { HeldTaskCalls } from './held-task-calls.ts';
import { HeldTaskRelay } from './held-task-relay.ts';
import { Judge, type Verdict } from './judge.ts';
import { unionOf } from './masker.ts';
import type { Refusal } from './refusal.ts';
import { endOf, failed, unknown } from './upstream-failure.ts';

const LOOK_MS = 1000;
/** So many calls of tasks run at once in one process; the others wait for the next look. */
const MAX_RUNNING = 100;
/** Nobody’s calls that don’t end, and no upstream that doesn’t answer, keep those of others waiting. */
const SHARES = { perCaller: 8, perConnection: 32 };
/** How long a shutdown waits for calls that are under way; what is cut off becomes `unknown`. */
const LAST_WORDS_MS = 5000;

const TOO_LONG = unknown('It ran longer than a call in the background may.', 'upstream_timeout');

type Proceed = (forward: (round: Round) => Promise<void>) => Promise<Refusal | null>;

interface Run {
  readonly callerKey: string;
  readonly cancel: AbortController;
  readonly done: Promise<void>;
}

/**
 * Runs the calls of approved tasks, which no exchange waits for. Every process looks; the conditional
 * claim lets one of them run each call, once. Its answer is recorded, and the next `tasks/get` at
 * whichever process collects it.
 */
@Injectable()
export class HeldTaskRunner implements OnModuleInit, OnModuleDestroy {
  readonly #running = new Map<string, Run>();
  /** Claims that were sent and whose outcome this process did not learn; nothing was forwarded for them. */
  readonly #inDoubt = new Map<string, HeldTask>();
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly bus: ChangeBus,
    private readonly tasks: TaskDesk,
    private readonly holds: HoldDesk,
    private readonly edits: HeldEdits,
    private readonly calls: HeldTaskCalls,
    private readonly judge: Judge,
    private readonly connections: ConnectionRegistry,
    private readonly forwarder: Forwarder,
    private readonly presenter: AnswerPresenter,
    private readonly relay: HeldTaskRelay,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.#unsubscribe = this.bus.subscribe(({ topic }) => {
      if (topic === 'approvals') this.wake();
    });
    this.#timer = setInterval(() => this.wake(), LOOK_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe?.();
    clearInterval(this.#timer);
    await this.#looking;
    const runs = [...this.#running.values()].map(({ done }) => done);
    const timer = new AbortController();
    await Promise.race([
      Promise.allSettled(runs),
      delay(LAST_WORDS_MS, undefined, { signal: timer.signal }).catch(() => undefined),
    ]);
    timer.abort();
  }

  /** Looks now for what may run, or for what is to be broken off. */
  wake(): void {
    this.#again = this.#looking !== undefined;
    this.#looking ??= this.#look()
      .catch((error: unknown) =>
        this.logger.warn({ error: String(error) }, 'approved tasks could not be looked for'),
      )
      .finally(() => {
        this.#looking = undefined;
        if (this.#again) this.wake();
      });
  }

  async #look(): Promise<void> {
    if (this.#stopped) return;
    const running = [...this.#running.keys()];
    if (running.length > 0)
      for (const id of await this.tasks.cancelAsked(running)) this.#running.get(id)?.cancel.abort();
    const places = MAX_RUNNING - running.length;
    const due = places > 0 ? await this.tasks.due(running, { places, ...SHARES }) : [];
    for (const task of [...this.#inDoubt.values(), ...due]) this.#start(task);
  }

  #start(task: HeldTask): void {
    if (!this.#stopped && !this.#running.has(task.id))
      this.#track(task, (signal) => this.#run(task, signal));
  }

  #track(task: HeldTask, run: (signal: AbortSignal) => Promise<unknown>): void {
    const cancel = new AbortController();
    const done = run(cancel.signal)
      .catch((error: unknown) =>
        this.logger.error({ error, taskId: task.id }, 'the call of a task could not be run'),
      )
      .finally(() => this.#running.delete(task.id))
      .then(() => undefined);
    this.#running.set(task.id, { callerKey: task.caller.key, cancel, done });
  }

  /**
   * Runs the next round of a task's call in the background. `proceed` claims it and hands it to what it
   * is given, or says why not; that is decided when this resolves. Where the caller has its share of the
   * places, the next poll tries again.
   */
  startRound(task: HeldTask, call: Call, proceed: Proceed): Promise<Refusal | null> {
    const isBusy = this.#running.has(task.id) || !this.#hasRoomFor(task);
    if (this.#stopped || isBusy) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#track(task, (signal) =>
        this.#proceed(task, call, proceed, signal, () => resolve(null)).then(resolve, reject),
      );
    });
  }

  #hasRoomFor({ caller }: HeldTask): boolean {
    const own = [...this.#running.values()].filter(({ callerKey }) => callerKey === caller.key);
    return this.#running.size < MAX_RUNNING && own.length < SHARES.perCaller;
  }

  async #proceed(
    task: HeldTask,
    call: Call,
    proceed: Proceed,
    signal: AbortSignal,
    onClaimed: () => void,
  ): Promise<Refusal | null> {
    // Before the claim: what fails after it leaves a call that nobody knows the outcome of.
    const then = await this.judge.masksUnder(task.policyVersion, call.frame, call);
    return proceed(async ({ now, approval, edited }) => {
      onClaimed();
      if (approval === null) return;
      await this.tasks
        .waitOn(task)
        .catch((error: unknown) =>
          this.logger.warn({ error: String(error) }, 'a task could not keep its place'),
        );
      const verdict = { ...now, masks: unionOf(now.masks, then) };
      await this.#forward(
        task,
        { ...call, edited, approvedHow: approval.stateReason },
        verdict,
        approval,
        signal,
      );
    });
  }

  async #run(task: HeldTask, signal: AbortSignal): Promise<void> {
    const approval = await this.holds.read(task.approvalId);
    const asked = await this.calls.of(task, approval);
    if (asked === undefined) return;
    const call = {
      ...asked,
      edited: await this.edits.run(asked.frame, approval),
      approvedHow: approval.stateReason,
    };
    const verdict = await this.#claim(task, approval, call);
    if (verdict === undefined) return;
    await this.#forward(task, call, verdict, approval, signal);
  }

  async #forward(
    task: HeldTask,
    call: Call,
    verdict: Verdict,
    approval: ApprovalRecord,
    signal: AbortSignal,
  ): Promise<void> {
    if (signal.aborted) {
      const { kind, refusal } = endOf(call, failed(CANCELLED.code, CANCELLED.message));
      return this.#end(call, approval, kind, refusal);
    }
    const deadline = AbortSignal.timeout(this.env.HOLDPOINT_BACKGROUND_RUN_MS);
    const ended = AbortSignal.any([signal, deadline]);
    const outcome = await this.forwarder.forward(call, verdict, 0, ended);
    if (outcome.kind === 'unknown' && deadline.aborted && !signal.aborted)
      return this.#end(call, approval, 'unknown', TOO_LONG.refusal);
    switch (outcome.kind) {
      case 'answer':
        return this.#answer(task, call, verdict, outcome, approval);
      case 'failed':
      case 'unknown':
        return this.#end(call, approval, outcome.kind, outcome.refusal);
      default:
        return outcome satisfies never;
    }
  }

  /** `undefined` when the call is not this process's to run: another was faster, or what is in force objects. */
  async #claim(task: HeldTask, approval: ApprovalRecord, call: Call): Promise<Verdict | undefined> {
    const judge = () => this.#judgeAnew(task, approval, call);
    if (this.#inDoubt.has(task.id)) {
      const verdict = (await this.tasks.isClaimedHere(task)) ? await judge() : undefined;
      this.#inDoubt.delete(task.id);
      if (verdict !== undefined) return verdict;
    }
    let latest: Verdict | undefined;
    try {
      const outcome = await this.holds.claim(
        approval,
        task.id,
        call.edited?.digest ?? this.edits.digestOf(call.frame),
        async () => (latest = await judge()),
        forwardedRecord(call, call.edited),
      );
      return outcome.kind === 'claimed' ? latest : undefined;
    } catch (error) {
      // It may have been committed, with only the acknowledgement lost.
      if (!(error instanceof GatewayError)) this.#inDoubt.set(task.id, task);
      throw error;
    }
  }

  async #judgeAnew(task: HeldTask, approval: ApprovalRecord, call: Call): Promise<Verdict> {
    const connection = this.connections.byId(call.connection.id);
    if (!connection)
      throw new GatewayError('unknown_connection', 'The connection of the task was removed.');
    const frame = call.edited?.frame ?? call.frame;
    const now = await this.judge.judgeAnew(frame, call, connection);
    const then = [approval.heldPolicyVersion, task.policyVersion];
    return this.judge.withMasksUnder(then, now, frame, call);
  }

  /** Mask → record. The agent collects it. */
  async #answer(
    task: HeldTask,
    call: Call,
    verdict: Verdict,
    outcome: Extract<UpstreamOutcome, { kind: 'answer' }>,
    approval: ApprovalRecord,
  ): Promise<void> {
    try {
      const upstreamTask = createdTaskIdOf(outcome.frame);
      if (upstreamTask !== undefined)
        await this.tasks.continueAs(task, this.relay.seal(task, upstreamTask));
      const frameId = newId();
      const { text, record } = this.presenter.present(call, verdict, outcome.frame, frameId);
      await this.holds.answer(approval.id, frameId, {
        ...recordOf(call, 'call.answered'),
        data: {
          status: outcome.status,
          isError: outcome.frame.message.kind === 'error',
          inBackground: true,
          ...record,
        },
        // It has not crossed to the agent yet: the answer to a `tasks/get` will.
        frames: [
          {
            id: frameId,
            edge: 'upstream-to-gateway',
            bytes: Buffer.from(text),
            sealed: call.edited !== undefined,
          },
        ],
      });
    } catch (error) {
      // INVARIANT: an answer that isn't recorded is not delivered; the agent must not repeat the call.
      this.logger.error({ error, callId: call.callId }, 'an answer could not be recorded');
      await this.#end(call, approval, 'unknown', MAY_HAVE_RUN);
    }
  }

  async #end(
    call: Call,
    approval: ApprovalRecord,
    to: 'failed' | 'unknown',
    refusal: Refusal,
  ): Promise<void> {
    const { code, message } = recordedIn(refusal, call);
    const record = { ...recordOf(call, `call.${to}`), data: { code, message } };
    const settle = { approvalId: approval.id, from: ['claimed'], to, reason: message };
    await this.holds.settleSurely(settle, record, `call.${to}`);
  }
}
