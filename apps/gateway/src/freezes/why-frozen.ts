import type { FreezeScope } from '@holdpoint/contracts';
import { asSentence } from '../platform/sentence.ts';

/** A freeze that stands now. */
export interface FreezeInForce {
  readonly scope: FreezeScope;
  /** The connection's title, or the caller's name; empty for the installation. */
  readonly title: string;
  readonly reason: string;
  readonly by: string;
  readonly at: Date;
}

/** One sentence for reviewers and agents: what is frozen, and why. */
export function whyFrozen({
  scope,
  title,
  reason,
}: Pick<FreezeInForce, 'scope' | 'title' | 'reason'>): string {
  switch (scope) {
    case 'installation':
      return `Everything is frozen, so nothing passes: ${asSentence(reason)}`;
    case 'connection':
      return `The connection ${title} is frozen, so nothing passes: ${asSentence(reason)}`;
    case 'caller':
      return `The caller is frozen, so none of its calls passes: ${asSentence(reason)}`;
    default:
      return scope satisfies never;
  }
}

/** How the reason of an approval begins that a freeze settled. */
export const WAS_FROZEN: Readonly<Record<FreezeScope, string>> = {
  installation: 'Everything was frozen: ',
  connection: 'The connection was frozen: ',
  caller: 'The caller was frozen: ',
};

/** Told by the words that were stored with it, since the freeze may be lifted by now, or unknown here yet. */
export function isOfFreeze(stateReason: string | null): boolean {
  return /^(Everything|The caller|The connection\b.*?) (was frozen: |is frozen, so n)/s.test(
    stateReason ?? '',
  );
}
