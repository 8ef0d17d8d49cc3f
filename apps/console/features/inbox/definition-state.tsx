'use client';

import type { ApprovalDetail, HeldDefinition } from '@holdpoint/contracts';
import { useMe } from '../../lib/use-api.ts';
import { Badge } from '../../ui/badge.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { JsonText } from '../../ui/json-view.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { Ago, Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { catalogueHref, KINDS } from '../catalogue/item-words.ts';

/** What is called, as its connection defines it, and whether that is what it was. */
export function DefinitionState({
  approval,
  definition,
}: {
  approval: ApprovalDetail;
  definition: HeldDefinition;
}) {
  const { data: me } = useMe();
  const maySee = me?.roles.some((role) => role === 'admin' || role === 'auditor') === true;
  const { item, firstSeenAt, changedAt, missingSince, word } = definition;
  const kind = KINDS[item.kind].one;
  const hasChanged = changedAt !== firstSeenAt;
  return (
    <section aria-labelledby="definition" className="flex max-w-4xl flex-col gap-2">
      <h2 id="definition" className="flex flex-wrap items-center gap-2 font-semibold">
        The {kind}’s definition
        {definition.changedSinceHeld && (
          <Badge tone="stop">changed since the call was held: it can’t run any more</Badge>
        )}
        {definition.changedSinceApproved === true && (
          <Badge tone="hold">changed since the last approval</Badge>
        )}
        {missingSince !== null && <Badge tone="hold">not listed any more</Badge>}
        {word?.state === 'blocked' && <Badge tone="stop">blocked</Badge>}
        {word === null && <Badge tone="hold">accepted by nobody</Badge>}
      </h2>
      <p>
        {hasChanged ? (
          <>
            As it is since <Ago at={changedAt} />{' '}
            <span className="text-sm text-muted">
              (<Utc at={changedAt} />)
            </span>
            ; first seen <Ago at={firstSeenAt} />.
          </>
        ) : (
          <>
            Unchanged since it was first seen, <Ago at={firstSeenAt} />.
          </>
        )}
        {definition.changedSinceApproved === false && ' The same as at the last approval.'}
        {word !== null && word.by !== null && (
          <>
            {' '}
            {word.state === 'accepted' ? 'Accepted' : 'Blocked'} by <VisibleText text={word.by} />,{' '}
            <Ago at={word.at} />.
          </>
        )}{' '}
        {maySee && (
          <TextLink href={catalogueHref(approval.connection.id, item)} prefetch={false}>
            See what changed in the catalogue
          </TextLink>
        )}
      </p>
      <DefinitionText approval={approval} />
    </section>
  );
}

export function DefinitionText({ approval: { toolDefinition } }: { approval: ApprovalDetail }) {
  if (toolDefinition === null) return null;
  return (
    <Disclosure title="Tool definition, as the connection describes it (untrusted)">
      <JsonText text={toolDefinition} />
    </Disclosure>
  );
}
