import type { ApprovalDetail } from '@holdpoint/contracts';
import { Notice } from '../../ui/badge.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { GrantSentence } from './grant-terms.tsx';

const WORDS = {
  proposed: 'proposes to allow calls like this without asking again',
  'in-force': 'and everyone who approved allowed calls like this for a while',
  'not-given': 'proposed to allow calls like this, and it was not agreed to',
  revoked: 'and others allowed calls like this; it was revoked',
  lapsed: 'and others allowed calls like this; what it was given under changed since',
} as const;

/** A grant that is proposed, or was given, with this call. */
export function ApprovalGrant({ approval }: { approval: ApprovalDetail }) {
  const { grant } = approval.grants;
  if (grant === null) return null;
  return (
    <div className="max-w-4xl">
      <Notice
        tone={grant.state === 'proposed' && approval.state === 'held' ? 'hold' : 'neutral'}
        title={
          <>
            <VisibleText text={grant.by} /> {WORDS[grant.state]}
          </>
        }
        data-testid="approval-grant"
        data-state={grant.state}
      >
        <p>
          <GrantSentence
            who={approval.caller.displayName}
            tool={approval.target ?? approval.method}
            terms={grant.terms}
          />
        </p>
        {grant.state === 'proposed' && approval.state === 'held' ? (
          <p>
            It arises only if everyone who approves agrees to it, too. Approving the call alone ends
            the proposal.
          </p>
        ) : (
          <TextLink href="/settings/grants">All grants</TextLink>
        )}
      </Notice>
    </div>
  );
}
