'use client';

import {
  serviceIdentityListSchema,
  type ServiceIdentity,
  type ServiceIdentityList,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { useApi, useMe } from '../../lib/use-api.ts';
import { useUrlFilters } from '../../lib/use-url-filters.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { RemoveServiceIdentity } from './remove-service-identity.tsx';
import { ServiceIdentityDialog } from './service-identity-dialog.tsx';

type Open =
  | { readonly kind: 'new'; readonly subject: string }
  | { readonly kind: 'edit'; readonly identity: ServiceIdentity }
  | { readonly kind: 'remove'; readonly identity: ServiceIdentity };

/** Who answers for agents that sign in as themselves. Admins change it, everyone with a role reads it. */
export function ServiceIdentities() {
  const { data, failure, retry, replace } = useApi(
    '/api/service-identities',
    serviceIdentityListSchema,
  );
  const { data: me } = useMe();
  const isAdmin = me?.roles.includes('admin') === true;
  // A link of an approval names the one whose owner is missing.
  const asked = useUrlFilters(['register']);
  const [chosen, setChosen] = useState<Open>();
  const open = chosen ?? askedFor(asked.value('register'), data);
  const close = () => {
    setChosen(undefined);
    asked.clear();
  };
  const onSaved = (list: ServiceIdentityList) => {
    replace(list);
    close();
  };
  return (
    <Page
      title="Service identities"
      intro="Agents that sign in by client credentials are callers of their own. Each needs an owner: the person who answers for it, and who therefore can’t approve its calls."
      action={
        isAdmin && (
          <Button look="primary" onClick={() => setChosen({ kind: 'new', subject: '' })}>
            <Icon name="plus" className="size-4" /> Register one
          </Button>
        )
      }
    >
      <Panel flush>
        {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
        {data === undefined ? (
          failure === undefined && <Skeleton label="Loading service identities" />
        ) : data.items.length === 0 ? (
          <EmptyState title="No service identity yet">
            <p>A hold of an unowned service can’t be approved.</p>
            {!isAdmin && <p>An admin registers the owner here.</p>}
          </EmptyState>
        ) : (
          <ul aria-label="Service identities">
            {data.items.map((identity) => (
              <Row
                key={`${identity.issuer}|${identity.subject}`}
                identity={identity}
                ownIssuer={data.issuer}
                onOpen={isAdmin ? (kind) => setChosen({ kind, identity }) : null}
              />
            ))}
          </ul>
        )}
      </Panel>
      {isAdmin && data !== undefined && open !== undefined && open.kind !== 'remove' && (
        <ServiceIdentityDialog
          identity={open.kind === 'edit' ? open.identity : null}
          subject={open.kind === 'edit' ? open.identity.subject : open.subject}
          issuer={open.kind === 'edit' ? open.identity.issuer : data.issuer}
          onSaved={onSaved}
          onClose={close}
        />
      )}
      {isAdmin && open?.kind === 'remove' && (
        <RemoveServiceIdentity identity={open.identity} onRemoved={onSaved} onClose={close} />
      )}
    </Page>
  );
}

function askedFor(subject: string, list: ServiceIdentityList | undefined): Open | undefined {
  if (subject === '' || list === undefined) return undefined;
  const identity = list.items.find(
    (item) => item.subject === subject && item.issuer === list.issuer,
  );
  return identity === undefined ? { kind: 'new', subject } : { kind: 'edit', identity };
}

function Row({
  identity,
  ownIssuer,
  onOpen,
}: {
  identity: ServiceIdentity;
  ownIssuer: string;
  onOpen: ((kind: 'edit' | 'remove') => void) | null;
}) {
  const { title, subject, issuer, owner } = identity;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0">
      <span className="flex min-w-0 flex-1 basis-56 flex-col">
        <strong className="font-semibold break-words">
          <VisibleText text={title} />
        </strong>
        <code className="font-mono text-sm break-all text-muted">
          <VisibleText text={subject} />
        </code>
        {issuer !== ownIssuer && (
          <span className="text-sm break-all text-muted">
            of {issuer}, whose tokens this gateway doesn’t take
          </span>
        )}
      </span>
      <span className="flex min-w-0 flex-1 basis-56 flex-col" title={owner.key}>
        <span className="break-words">
          Owned by <VisibleText text={owner.name} />
        </span>
        <span className="text-sm break-all text-muted">{owner.email ?? owner.key}</span>
      </span>
      {onOpen !== null && (
        <span className="flex gap-2">
          <Button size="small" aria-label={`Edit ${title}`} onClick={() => onOpen('edit')}>
            Edit…
          </Button>
          <Button
            size="small"
            look="stop-outline"
            aria-label={`Remove ${title}`}
            onClick={() => onOpen('remove')}
          >
            Remove…
          </Button>
        </span>
      )}
    </li>
  );
}
