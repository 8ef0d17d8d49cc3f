import { v7 as uuidv7 } from 'uuid';
import type { HoldDraft } from '../../approvals/approval.ts';
import type { Replica } from './replica.ts';

/** A place at an approval that was given to somebody. */
export interface Wait {
  readonly approvalId: string;
  readonly waiterId: string;
  readonly draft: HoldDraft;
}

/** A claim that a process holds: it alone may say how the call ended, as long as it lives. */
export interface Run {
  readonly approvalId: string;
  readonly draft: HoldDraft;
  readonly replica: Replica;
  readonly life: number;
  /** Once it was answered. */
  answerFrameId: string | null;
}

const LATEST = 4;

/** What one run of random commands has made, as far as whoever gave them was told. */
export class Trial {
  readonly id = uuidv7();
  readonly waits: Wait[] = [];
  readonly runs: Run[] = [];
  /** How often a process was told that the release, or the next round, is its own. */
  readonly claimed = new Map<string, number>();
  readonly continued = new Map<string, number>();
  /** Which waiter was told so of the release. */
  readonly claimant = new Map<string, string>();
  /** Verdicts of people who may give none, that were taken all the same. */
  readonly faults: string[] = [];

  /** One of the latest: what was given out long ago has mostly ended. */
  wait(nth: number): Wait | undefined {
    const latest = this.waits.slice(-LATEST);
    return latest[nth % latest.length];
  }

  /** Of a process that is alive: a dead one says nothing any more. */
  run(nth: number): Run | undefined {
    const alive = this.runs.filter(({ replica, life }) => replica.life === life);
    return alive[nth % alive.length];
  }

  count(what: 'claimed' | 'continued', approvalId: string): void {
    this[what].set(approvalId, (this[what].get(approvalId) ?? 0) + 1);
  }

  get approvalIds(): readonly string[] {
    return [...new Set(this.waits.map(({ approvalId }) => approvalId))];
  }
}
