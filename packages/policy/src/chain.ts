import { parseDuration } from './duration.ts';
import type { ChainDocument } from './schema.ts';

/** Who may decide: any member of a group, or a named person. */
export interface Reviewers {
  readonly groups: readonly string[];
  /** Person keys, `issuer|subject`. */
  readonly people: readonly string[];
}

/** One step of a chain. */
export interface ChainStep {
  readonly reviewers: Reviewers;
  /** How many distinct people must approve. */
  readonly quorum: number;
  /** `null`: the connection's own deadline. */
  readonly deadlineMs: number | null;
  /** What happens at the deadline. */
  readonly onDeadline: 'deny';
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
      onDeadline: step.onDeadline ?? 'deny',
    })),
  };
}

type ReviewersDocument = ChainDocument['steps'][number]['reviewers'];

function toReviewers(document: ReviewersDocument): Reviewers {
  return { groups: document.groups ?? [], people: document.people ?? [] };
}
