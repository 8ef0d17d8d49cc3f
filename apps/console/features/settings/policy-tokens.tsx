'use client';

import {
  policyTokenListSchema,
  type PolicyToken,
  type PolicyTokenList,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { useNow } from '../../lib/clock.ts';
import { useApi, useMe } from '../../lib/use-api.ts';
import { Badge, Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { Ago, Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { NewPolicyToken } from './new-policy-token.tsx';
import { RevokePolicyToken } from './revoke-policy-token.tsx';

type Open = { readonly kind: 'new' } | { readonly kind: 'revoke'; readonly token: PolicyToken };

/** How the policy is kept in Git: a pipeline compares and applies it with a token of its own. */
export function PolicyTokens() {
  const { data: me } = useMe();
  const isAdmin = me?.roles.includes('admin') === true;
  const { data, failure, retry, replace } = useApi(
    isAdmin ? '/api/policy-tokens' : null,
    policyTokenListSchema,
  );
  const [open, setOpen] = useState<Open>();
  const [made, setMade] = useState<string>();
  const onSaved = (list: PolicyTokenList) => {
    replace(list);
    setOpen(undefined);
  };
  if (me !== undefined && !isAdmin) {
    return (
      <Page title="Policy tokens">
        <EmptyState title="Only admins see policy tokens">
          <p>With one, a pipeline publishes the policy from a repository.</p>
        </EmptyState>
      </Page>
    );
  }
  return (
    <Page
      title="Policy tokens"
      intro="Keep the policy in Git: a pipeline compares it, proposes it or publishes it with a token. It opens nothing else."
      action={
        <Button look="primary" onClick={() => setOpen({ kind: 'new' })}>
          <Icon name="plus" className="size-4" /> Make a token
        </Button>
      }
    >
      {made !== undefined && <MadeToken token={made} onDone={() => setMade(undefined)} />}
      <Panel flush>
        {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
        {data === undefined ? (
          failure === undefined && <Skeleton label="Loading policy tokens" />
        ) : data.items.length === 0 ? (
          <EmptyState title="No policy token yet">
            <p>
              Until then the policy is changed in the console alone. What a pipeline runs:{' '}
              <code className="font-mono text-sm">holdpoint policy apply policy.yaml</code>
            </p>
          </EmptyState>
        ) : (
          <ul aria-label="Policy tokens">
            {data.items.map((token) => (
              <Row
                key={token.id}
                token={token}
                onRevoke={() => setOpen({ kind: 'revoke', token })}
              />
            ))}
          </ul>
        )}
      </Panel>
      {open?.kind === 'new' && (
        <NewPolicyToken
          onMade={({ token, ...list }) => {
            setMade(token);
            onSaved(list);
          }}
          onClose={() => setOpen(undefined)}
        />
      )}
      {open?.kind === 'revoke' && (
        <RevokePolicyToken
          token={open.token}
          onRevoked={onSaved}
          onClose={() => setOpen(undefined)}
        />
      )}
    </Page>
  );
}

function MadeToken({ token, onDone }: { token: string; onDone: () => void }) {
  return (
    <Notice live tone="hold" title="The token. It is shown only now.">
      <p>
        Keep it among the pipeline’s secrets, as{' '}
        <code className="font-mono text-sm">HOLDPOINT_POLICY_TOKEN</code>.
      </p>
      <div className="mt-2 flex flex-wrap items-center gap-2">
        <code className="font-mono text-sm break-all">{token}</code>
        <CopyButton text={token} label="Copy the token" />
        <Button size="small" onClick={onDone}>
          I have kept it
        </Button>
      </div>
    </Notice>
  );
}

const MAY: Readonly<Record<PolicyToken['scope'], string>> = {
  read: 'compares',
  propose: 'compares and proposes',
  publish: 'compares and publishes',
};

function Row({ token, onRevoke }: { token: PolicyToken; onRevoke: () => void }) {
  const now = useNow();
  const { title, scope, createdBy, createdAt, expiresAt, lastUsedAt, revoked } = token;
  const isOver = now !== null && Date.parse(expiresAt) <= now;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0">
      <span className="flex min-w-0 flex-1 basis-56 flex-col">
        <strong className="font-semibold break-words">
          <VisibleText text={title} />
        </strong>
        <span className="text-sm text-muted">{MAY[scope]} the policy</span>
      </span>
      <span className="flex min-w-0 flex-1 basis-56 flex-col text-sm text-muted">
        <span>
          Made by <VisibleText text={createdBy} />, <Utc at={createdAt} />
        </span>
        <span>
          {lastUsedAt === null ? (
            'Never used'
          ) : (
            <>
              Last used <Ago at={lastUsedAt} />
            </>
          )}
        </span>
      </span>
      {revoked !== null ? (
        <span title={`By ${revoked.by}`}>
          <Badge tone="stop">revoked</Badge>
        </span>
      ) : isOver ? (
        <Badge>expired</Badge>
      ) : (
        <span className="flex items-center gap-3">
          <span className="text-sm text-muted">
            until <Utc at={expiresAt} />
          </span>
          <Button
            size="small"
            look="stop-outline"
            aria-label={`Revoke ${title}`}
            onClick={onRevoke}
          >
            Revoke…
          </Button>
        </span>
      )}
    </li>
  );
}
