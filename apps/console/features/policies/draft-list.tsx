'use client';

import {
  policyDraftListSchema,
  policyDraftSchema,
  type PolicyDraftSummary,
} from '@holdpoint/contracts';
import Link from 'next/link';
import { useState } from 'react';
import { send, toFailure, type ApiFailure } from '../../lib/api.ts';
import { useApi } from '../../lib/use-api.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Panel } from '../../ui/page.tsx';
import { ErrorState, FailureNote, Skeleton } from '../../ui/states.tsx';
import { Ago } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { DRAFTS, draftPath } from './draft.ts';
import { ImportDraft } from './import-draft.tsx';

/** Policies being written: everyone's, each with who saved it last. */
export function DraftList({ inForce }: { inForce: number }) {
  const { data, failure, retry, replace } = useApi(DRAFTS, policyDraftListSchema);
  const [failed, setFailed] = useState<ApiFailure>();
  const act = async (work: () => Promise<unknown>) => {
    setFailed(undefined);
    try {
      await work();
    } catch (error) {
      setFailed(toFailure(error));
    }
  };
  const discard = (id: string) =>
    act(async () => replace(await send('DELETE', draftPath(id), {}, policyDraftListSchema)));
  const restore = (id: string) =>
    act(async () => {
      await send('POST', `${draftPath(id)}/restore`, {}, policyDraftSchema);
      retry();
    });
  const open = data?.items.filter(({ discarded }) => discarded === null) ?? [];
  const discarded = data?.items.filter((draft) => draft.discarded !== null) ?? [];

  return (
    <Panel title="Drafts" flush action={<ImportDraft inForce={inForce} />}>
      {data === undefined ? (
        failure === undefined ? (
          <Skeleton rows={2} label="Loading drafts" />
        ) : (
          <ErrorState failure={failure} onRetry={retry} />
        )
      ) : open.length === 0 ? (
        <p className="px-4 py-3 text-muted">No draft. What you edit is kept here by itself.</p>
      ) : (
        <ul aria-label="Drafts">
          {open.map((draft) => (
            <DraftRow
              key={draft.id}
              draft={draft}
              inForce={inForce}
              onDiscard={() => void discard(draft.id)}
            />
          ))}
        </ul>
      )}
      {failed !== undefined && (
        <div className="p-3">
          <FailureNote failure={failed} />
        </div>
      )}
      {discarded.length > 0 && (
        <div className="border-t border-line p-3">
          <Disclosure title={`Discarded (${discarded.length}), kept for 30 days`}>
            <ul aria-label="Discarded drafts" className="flex flex-col gap-2">
              {discarded.map(({ id, title, discarded: end }) => (
                <li key={id} className="flex flex-wrap items-center gap-x-3 gap-y-1">
                  <span className="min-w-0 flex-1 break-words">{title}</span>
                  <span className="text-sm text-muted">
                    {end?.by}, {end !== null && <Ago at={end.at} />}
                  </span>
                  <Button size="small" onClick={() => void restore(id)}>
                    Bring back<span className="sr-only"> {title}</span>
                  </Button>
                </li>
              ))}
            </ul>
          </Disclosure>
        </div>
      )}
    </Panel>
  );
}

function DraftRow({
  draft,
  inForce,
  onDiscard,
}: {
  draft: PolicyDraftSummary;
  inForce: number;
  onDiscard: () => void;
}) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2.5 last:border-b-0">
      <Link
        href={`/policies/edit?draft=${draft.id}`}
        prefetch={false}
        className="min-w-0 flex-1 font-medium break-words hover:underline"
      >
        <VisibleText text={draft.title} />
      </Link>
      {draft.proposalId !== null && <Badge tone="accent">proposed</Badge>}
      {draft.base !== inForce && <Badge tone="hold">on top of version {draft.base}</Badge>}
      <span className="text-sm text-muted">
        <VisibleText text={draft.savedBy} />, <Ago at={draft.savedAt} />
      </span>
      <Button size="small" look="quiet" onClick={onDiscard}>
        Discard<span className="sr-only"> {draft.title}</span>
      </Button>
    </li>
  );
}
