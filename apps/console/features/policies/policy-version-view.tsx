'use client';

import { policyInForceSchema, policyVersionSchema } from '@holdpoint/contracts';
import { formatUtc } from '../../lib/format.ts';
import { useApi, useMe } from '../../lib/use-api.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { RawText } from '../../ui/json-view.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';

export function PolicyVersionView({ number }: { number: string }) {
  const { data, failure, retry } = useApi(
    `/api/policy/versions/${encodeURIComponent(number)}`,
    policyVersionSchema,
  );
  const inForce = useApi('/api/policy', policyInForceSchema).data?.version;
  const { data: me } = useMe();
  if (data === undefined) {
    return (
      <Page title={`Policy version ${number}`}>
        {failure === undefined ? (
          <Skeleton label="Loading the version" />
        ) : (
          <ErrorState failure={failure} onRetry={retry} />
        )}
      </Page>
    );
  }
  return (
    <Page
      title={`Policy version ${data.number}`}
      intro={`${data.inForce ? 'In force. ' : ''}Published by ${data.publishedBy}, ${formatUtc(data.publishedAt)}. ${data.note ?? ''}`}
      action={
        <div className="flex gap-2">
          <ButtonLink href="/policies">All versions</ButtonLink>
          {me?.roles.includes('admin') && (
            <ButtonLink look="primary" href={`/policies/edit?from=${data.number}`}>
              Edit from this version
            </ButtonLink>
          )}
        </div>
      }
    >
      {inForce !== undefined && inForce.number !== data.number && (
        <Panel title={`What version ${inForce.number}, in force, changed since`}>
          <DiffView before={data.source} after={inForce.source} />
        </Panel>
      )}
      <Panel title="Source">
        <RawText text={data.source} />
      </Panel>
    </Page>
  );
}
