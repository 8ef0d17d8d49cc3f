'use client';

import type { ApprovalDetail } from '@holdpoint/contracts';
import { Notice } from '../../ui/badge.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { passkeysPath, usePasskeys } from '../passkeys/use-passkeys.ts';

/** Which rule demands that whoever approves signs with a passkey. */
export function ApprovalPasskey({ approval: { passkey } }: { approval: ApprovalDetail }) {
  if (passkey === null) return null;
  const { rules } = passkey;
  return (
    <p className="max-w-3xl text-muted" data-testid="passkey-demand">
      Approving this needs a passkey: {rules.length === 1 ? 'the rule ' : 'the rules '}
      {rules.map((rule, index) => (
        <span key={rule}>
          {index > 0 && ', '}
          <code className="font-mono text-sm">{rule}</code>
        </span>
      ))}{' '}
      {rules.length === 1 ? 'demands' : 'demand'} it.
    </p>
  );
}

/** Whether the person could sign; known once their passkeys are. */
export function useMaySign({ passkey }: ApprovalDetail): boolean {
  const { data } = usePasskeys(passkey !== null);
  return passkey === null || data === undefined || data.items.some(({ blocked }) => !blocked);
}

/** Why the button doesn't work, and the way to make it work and come back. */
export function NoPasskey({ approvalId }: { approvalId: string }) {
  return (
    <Notice tone="hold" title="You can’t approve this yet.">
      <p>
        It needs a passkey, and you have none.{' '}
        <TextLink href={passkeysPath(approvalId)}>Add one and come back</TextLink>. Denying needs
        none.
      </p>
    </Notice>
  );
}
