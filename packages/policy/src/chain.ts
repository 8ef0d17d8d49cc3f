import type { ChainStep as ApprovalStep, OnDeadline, Reviewers } from '@holdpoint/approval';
import { parseDuration } from './duration.ts';
import type { ChainDocument } from './schema.ts';

/** One step of a chain. */
export interface ChainStep extends Omit<ApprovalStep, 'deadlineMs'> {
  /** `null`: the connection's own deadline. */
  readonly deadlineMs: number | null;
}

/** Ordered steps of approval under a name that rules refer to. */
export interface Chain {
  readonly name: string;
  readonly steps: readonly ChainStep[];
}

export function toChain(name: string, document: ChainDocument): Chain {
  return {
    name,
    steps: document.steps.map((step) => ({
      reviewers: toReviewers(step.reviewers),
      quorum: step.quorum ?? 1,
      deadlineMs: step.deadline === undefined ? null : parseDuration(step.deadline),
      onDeadline: toOnDeadline(step.onDeadline),
    })),
  };
}

type StepDocument = ChainDocument['steps'][number];

function toReviewers({ groups, people, onCall }: StepDocument['reviewers']): Reviewers {
  return { groups: groups ?? [], people: people ?? [], ...(onCall !== undefined && { onCall }) };
}

/** Reminders unless a chain says how many. */
const REMINDERS = 3;

function toOnDeadline(document: StepDocument['onDeadline']): OnDeadline {
  if (document === undefined || document === 'deny') return 'deny';
  if (document.remind !== undefined) {
    const { every, atMost = REMINDERS } = document.remind;
    return { kind: 'remind', everyMs: parseDuration(every), atMost };
  }
  const rounds = (document.escalate ?? []).map((round) => ({
    to: toReviewers(round.to),
    forMs: parseDuration(round.for),
  }));
  return { kind: 'escalate', rounds };
}
