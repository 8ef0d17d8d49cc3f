'use client';

import type { Passkey, PasskeyList } from '@holdpoint/contracts';
import { useSearchParams } from 'next/navigation';
import { useState } from 'react';
import { useNow } from '../../lib/clock.ts';
import { Badge, Notice } from '../../ui/badge.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { Ago, Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { AddPasskey } from './add-passkey.tsx';
import { RemovePasskey } from './remove-passkey.tsx';
import { passkeysPath, usePasskeys } from './use-passkeys.ts';

type Open = { readonly kind: 'add' } | { readonly kind: 'remove'; readonly passkey: Passkey };

/** One's own passkeys. Where rules demand one, an approval is signed with it. */
export function PasskeysPage() {
  const approval = useSearchParams().get('approval') ?? undefined;
  const { data, failure, retry, replace } = usePasskeys();
  const [open, setOpen] = useState<Open>();
  const onSaved = (list: PasskeyList) => {
    replace(list);
    setOpen(undefined);
  };
  return (
    <Page
      title="Passkeys"
      intro="Where a rule demands it, you sign an approval with a passkey: with your device’s lock or a security key. The signature is for that one call, and is kept in the audit log."
      action={
        data?.unavailable === null && (
          <AddButton list={data} approval={approval} onAdd={() => setOpen({ kind: 'add' })} />
        )
      }
    >
      {approval !== undefined && (
        <ButtonLink
          href={`/inbox/${encodeURIComponent(approval)}`}
          size="small"
          className="self-start"
        >
          <Icon name="back" className="size-4" /> Back to the approval
        </ButtonLink>
      )}
      {data !== undefined && data.unavailable !== null && (
        <Notice tone="hold" title="No passkeys here">
          <p>{data.unavailable}</p>
        </Notice>
      )}
      <Panel flush>
        {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
        {data === undefined ? (
          failure === undefined && <Skeleton label="Loading your passkeys" rows={2} />
        ) : data.items.length === 0 ? (
          <EmptyState title="No passkey yet">
            <p>Without one you can deny such calls, and not approve them.</p>
          </EmptyState>
        ) : (
          <ul aria-label="Your passkeys">
            {data.items.map((passkey) => (
              <Row
                key={passkey.id}
                passkey={passkey}
                onRemove={() => setOpen({ kind: 'remove', passkey })}
              />
            ))}
          </ul>
        )}
      </Panel>
      {data !== undefined && data.lately.length > 0 && <Lately list={data} />}
      {open?.kind === 'add' && <AddPasskey onAdded={onSaved} onClose={() => setOpen(undefined)} />}
      {open?.kind === 'remove' && (
        <RemovePasskey
          passkey={open.passkey}
          onRemoved={onSaved}
          onClose={() => setOpen(undefined)}
        />
      )}
    </Page>
  );
}

/** Adding takes a sign-in just now: who took over a session must not be able to. */
function AddButton({
  list,
  approval,
  onAdd,
}: {
  list: PasskeyList;
  approval: string | undefined;
  onAdd: () => void;
}) {
  if (list.mayAdd) {
    return (
      <Button look="primary" onClick={onAdd}>
        <Icon name="plus" className="size-4" /> Add a passkey
      </Button>
    );
  }
  const back = encodeURIComponent(passkeysPath(approval));
  return (
    <div className="flex max-w-72 flex-col gap-1">
      {/* Leaves the console for the provider, so it is no link of the router's. */}
      <Button
        look="primary"
        onClick={() => window.location.assign(`/auth/login?fresh&return=${back}`)}
      >
        Sign in again to add one
      </Button>
      <span className="text-sm text-muted">Adding takes a sign-in of the last five minutes.</span>
    </div>
  );
}

function Row({ passkey, onRemove }: { passkey: Passkey; onRemove: () => void }) {
  const now = useNow();
  const { name, createdAt, usableFrom, lastUsedAt, blocked } = passkey;
  const waits = now !== null && Date.parse(usableFrom) > now;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0">
      <span className="flex min-w-0 flex-1 basis-56 flex-col">
        <strong className="font-semibold break-words">
          <VisibleText text={name} />
        </strong>
        <span className="text-sm text-muted">
          Added <Utc at={createdAt} />
        </span>
        {blocked && (
          <span className="text-sm text-stop">
            There may be a copy of it: its counter went backwards. It signs nothing any more.
          </span>
        )}
      </span>
      <span className="min-w-0 flex-1 basis-40 text-sm text-muted">
        {lastUsedAt === null ? (
          'Never used'
        ) : (
          <>
            Last used <Ago at={lastUsedAt} />
          </>
        )}
      </span>
      {blocked && <Badge tone="stop">blocked</Badge>}
      {waits && !blocked && (
        <span className="text-sm text-muted">
          usable from <Utc at={usableFrom} />
        </span>
      )}
      <Button size="small" look="stop-outline" aria-label={`Remove ${name}`} onClick={onRemove}>
        Remove…
      </Button>
    </li>
  );
}

/** For admins: who added one in the last days. */
function Lately({ list: { lately } }: { list: PasskeyList }) {
  return (
    <Panel title="Added by others in the last seven days" flush>
      <ul>
        {lately.map(({ person, name, createdAt }) => (
          <li
            key={`${person.key} ${createdAt}`}
            className="flex flex-wrap gap-x-3 gap-y-1 border-b border-line px-4 py-3 last:border-b-0"
          >
            <strong className="font-semibold">
              <VisibleText text={person.name} />
            </strong>
            <span className="min-w-0 break-words">
              <VisibleText text={name} />
            </span>
            <span className="text-sm text-muted">
              <Utc at={createdAt} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
