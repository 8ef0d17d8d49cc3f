import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseClientFrame } from '@holdpoint/mcp';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { ApprovalRecord } from '../approvals/approval.ts';
import { HeldEdits } from '../approvals/held-edits.ts';
import { RejudgeDesk } from '../approvals/rejudge-desk.ts';
import { rejudge, type Judgement } from '../approvals/rejudgement.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { PolicyStore } from '../policies/policy-store.ts';
import { Judge } from './judge.ts';

const LOOK_MS = 1000;
const BATCH = 50;
/** How soon one that could not be judged is tried again. */
const LATER_MS = 15_000;

/**
 * Judges what is open again when a policy is published: undecided holds, and releases that nobody has
 * claimed. Every process looks, at once and then by itself; the row's lock lets each approval be changed
 * once. The claim judges once more, so nothing depends on this being fast: it is there to tell people
 * and agents at once.
 */
@Injectable()
export class Rejudger implements OnModuleInit, OnModuleDestroy {
  /** Could not be judged, until when they are left alone. */
  readonly #later = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(
    private readonly policies: PolicyStore,
    private readonly desk: RejudgeDesk,
    private readonly edits: HeldEdits,
    private readonly connections: ConnectionRegistry,
    private readonly judge: Judge,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.#unsubscribe = this.policies.onChange(() => this.#wake());
    this.#timer = setInterval(() => this.#wake(), LOOK_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe?.();
    clearInterval(this.#timer);
    await this.#looking;
  }

  #wake(): void {
    this.#again = this.#looking !== undefined;
    this.#looking ??= this.#look()
      .catch((error: unknown) =>
        this.logger.warn({ error: String(error) }, 'open approvals could not be judged again'),
      )
      .finally(() => {
        this.#looking = undefined;
        if (this.#again && !this.#stopped) this.#wake();
      });
  }

  async #look(): Promise<void> {
    while (!this.#stopped) {
      const { number } = this.policies.current();
      const open = await this.desk.judgedBefore(number, this.#leftAlone(), BATCH);
      if (open.length === 0) return;
      const judged = await this.#judgeAll(open, number);
      // Somebody else is at these; the next look finds what is left.
      if (judged.size > 0 && (await this.desk.apply(judged, number)) === 0) return;
    }
  }

  async #judgeAll(
    open: readonly ApprovalRecord[],
    policyVersion: number,
  ): Promise<ReadonlyMap<string, Judgement>> {
    const judged = new Map<string, Judgement>();
    if (open.length === 0) return judged;
    const texts = await this.edits.requestTexts(open);
    for (const approval of open) {
      try {
        const now = await this.#judge(approval, texts.get(approval.id));
        if (now.policyVersion === policyVersion) judged.set(approval.id, now);
      } catch (error) {
        this.#leave(approval, error);
      }
      // Agents are served between any two of them.
      await nextTurn();
    }
    return judged;
  }

  /** @throws where nobody can say what the policy makes of it: then nothing changes. */
  async #judge(approval: ApprovalRecord, text: string | undefined): Promise<Judgement> {
    const connection = this.connections.byId(approval.connectionId);
    if (connection === undefined) throw new Error('Its connection was removed.');
    if (text === undefined) throw new Error('Its request is no longer kept.');
    // Its bound was kept when it came, by what was configured then.
    const frame = parseClientFrame(Buffer.from(text), { maxBytes: Number.MAX_SAFE_INTEGER });
    const { callId, caller, sessionId, client } = approval;
    const session = { id: sessionId, client };
    const now = await this.judge.judgeAgain(frame, { connection, caller, session, callId });
    if (now.decision.source === 'error' && rejudge(approval, now).kind !== 'kept')
      throw new Error(now.decision.explanation);
    return now;
  }

  #leave(approval: ApprovalRecord, error: unknown): void {
    this.logger.warn(
      { approvalId: approval.id, error: String(error) },
      'an open approval could not be judged again; it stays as it is, and is tried again',
    );
    this.#later.set(approval.id, Date.now() + LATER_MS);
  }

  #leftAlone(): readonly string[] {
    const now = Date.now();
    for (const [id, until] of this.#later) if (until <= now) this.#later.delete(id);
    return [...this.#later.keys()];
  }
}
