import { setTimeout as sleep } from 'node:timers/promises';
import { shownBy } from '@holdpoint/approval';
import { approvalDetailSchema, type ApprovalDetail } from '@holdpoint/contracts';
import { z } from 'zod';
import { pendingApprovals } from '../world/admin.ts';
import type { Person } from '../world/person.ts';
import type { World } from '../world/world.ts';
import type { Trial } from './trial.ts';

const LOOK_AGAIN_MS = 60;
const argumentsSchema = z.object({ key: z.string() });

/** The call that an approval is about; empty where it is none of a trial. */
export function keyOf({ argumentsText }: Pick<ApprovalDetail, 'argumentsText'>): string {
  return argumentsSchema.safeParse(JSON.parse(argumentsText ?? '{}')).data?.key ?? '';
}

/**
 * A program signed in as a reviewer, which gives the verdicts that the trials name through the API of
 * the console. A call that ran before, or may have, it never approves again: that is what a prudent
 * person does who is shown so.
 */
export class ReviewingProgram {
  /** Keys of calls that it was about to approve: from then on they may run. */
  readonly approved = new Set<string>();
  /** Approvals that named an earlier one of the same call, and what they said of it. */
  readonly warned = new Map<string, NonNullable<ApprovalDetail['lastSame']>>();
  readonly #running: Promise<void>;
  #isStopped = false;

  constructor(world: World, trialOf: (key: string) => Trial | undefined) {
    this.#running = this.#run(world, trialOf);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(world: World, trialOf: (key: string) => Trial | undefined): Promise<void> {
    const reviewer = await world.person('avery');
    while (!this.#isStopped) {
      // A gateway that is away is asked again: so does a browser.
      const pending = await pendingApprovals(reviewer).catch(() => []);
      await Promise.all(
        pending.map(({ id }) => this.#decide(reviewer, id, trialOf).catch(() => undefined)),
      );
      await sleep(LOOK_AGAIN_MS);
    }
  }

  async #isWaitedFor(
    reviewer: Person,
    { approvalId }: NonNullable<ApprovalDetail['lastSame']>,
  ): Promise<boolean> {
    const other = await reviewer.get(`/api/approvals/${approvalId}`, approvalDetailSchema);
    return other.agentWaiting;
  }

  async #decide(
    reviewer: Person,
    id: string,
    trialOf: (key: string) => Trial | undefined,
  ): Promise<void> {
    const detail = await reviewer.get(`/api/approvals/${id}`, approvalDetailSchema);
    const trial = trialOf(keyOf(detail));
    if (trial === undefined) return;
    const before = detail.lastSame;
    if (before) this.warned.set(id, before);
    // It is about to run: look again when it has. Without an agent that waits it doesn't run by itself.
    if (before?.state === 'approved' && (await this.#isWaitedFor(reviewer, before))) return;
    // `failed` says that it has certainly not run.
    const mayHaveRun = before !== null && !['failed', 'approved'].includes(before.state);
    const isApproved = trial.verdict === 'approve' && !mayHaveRun;
    if (isApproved) this.approved.add(trial.key);
    await reviewer.write(
      'POST',
      `/api/approvals/${id}/verdict`,
      isApproved
        ? { verdict: 'approve', step: 0, shown: await shownBy(detail) }
        : { verdict: 'deny', step: 0, reason: mayHaveRun ? 'It may have run.' : 'Not this one.' },
    );
  }
}
