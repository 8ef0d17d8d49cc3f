import type { ApiFailure } from '../../lib/api.ts';
import { SignInFailure } from '../../ui/sign-in-failure.tsx';
import { keepWords, type Words } from './kept-words.ts';

interface Props {
  failure: ApiFailure | undefined;
  approvalId: string;
  /** What the person has typed so far; it is there again when they come back. */
  words: Words | null;
}

/** Why something about an approval was not taken, and the way on where there is one. */
export function VerdictFailure({ failure, approvalId, words }: Props) {
  return (
    <SignInFailure
      failure={failure}
      back={`/inbox/${encodeURIComponent(approvalId)}`}
      onLeave={() => {
        if (words !== null) keepWords(approvalId, words);
      }}
    />
  );
}
