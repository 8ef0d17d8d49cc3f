import type { ApprovalSummary } from './approvals.ts';
import { visibleString } from './visible-text.ts';

export interface SentencePhrase {
  readonly before: string;
  /** The name the agent chose, if the sentence has one. */
  readonly name: string | null;
  readonly between: string;
}

/** What a sentence about a held call is made of. */
export type SentenceSubject = Pick<ApprovalSummary, 'method' | 'target'> & {
  readonly caller: Pick<ApprovalSummary['caller'], 'kind' | 'displayName'>;
  readonly connection: Pick<ApprovalSummary['connection'], 'title'>;
};

/**
 * The one sentence about a held call, for every place that shows one.
 * INVARIANT: it holds only names an admin set and the escaped name of what is called: an agent must not
 * be able to write its own recommendation.
 */
export function sentenceText(of: SentenceSubject): string {
  const { before, name, between } = phraseOf(of);
  const agent =
    of.caller.kind === 'person' ? `${of.caller.displayName}’s agent` : of.caller.displayName;
  const words = [agent, before, name ?? '', between, of.connection.title];
  return words
    .filter((word) => word !== '')
    .map(visibleString)
    .join(' ');
}

/** The words of it, where its names are shown apart. */
export function phraseOf({
  method,
  target,
}: Pick<SentenceSubject, 'method' | 'target'>): SentencePhrase {
  switch (method) {
    case 'tools/call':
      return { before: 'wants to run', name: target, between: 'on' };
    case 'resources/read':
      return { before: 'wants to read', name: target, between: 'from' };
    case 'resources/subscribe':
    case 'subscriptions/listen':
      return { before: 'wants to follow', name: target, between: 'on' };
    case 'prompts/get':
      return { before: 'wants the prompt', name: target, between: 'from' };
    case 'completion/complete':
      return { before: 'wants suggestions for', name: target, between: 'from' };
    case 'sampling/createMessage':
      return { before: 'is asked to run its model', name: null, between: 'for' };
    case 'elicitation/create':
      return { before: 'is asked to question its person', name: null, between: 'for' };
    default:
      return {
        before: 'wants to send',
        name: target === null ? method : `${method} ${target}`,
        between: 'to',
      };
  }
}
