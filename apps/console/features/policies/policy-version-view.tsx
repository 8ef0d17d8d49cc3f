'use client';

import {
  policyComparisonSchema,
  policyInForceSchema,
  policyVersionSchema,
  type PolicyVersion,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { formatUtc } from '../../lib/format.ts';
import { useApi, useMe } from '../../lib/use-api.ts';
import { useUrlFilters } from '../../lib/use-url-filters.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { SelectField } from '../../ui/field.tsx';
import { RawText } from '../../ui/json-view.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ChangesView } from './changes-view.tsx';
import { downloadVersion } from './policy-files.ts';
import { PolicySource } from './policy-source.tsx';
import { RollBackDialog } from './roll-back-dialog.tsx';

export function PolicyVersionView({ number }: { number: string }) {
  const { data, failure, retry } = useApi(
    `/api/policy/versions/${encodeURIComponent(number)}`,
    policyVersionSchema,
  );
  const inForce = useApi('/api/policy', policyInForceSchema).data;
  const { data: me } = useMe();
  const url = useUrlFilters(['rule']);
  const [rollingBack, setRollingBack] = useState(false);
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
  const ruleId = url.value('rule');
  // What was asked for comes first, and nothing that loads later pushes it away.
  const source = (
    <Panel title="Source">
      <PolicySource source={data.source} ruleId={ruleId} />
    </Panel>
  );
  const isAdmin = me?.roles.includes('admin') ?? false;
  return (
    <Page
      title={`Policy version ${data.number}`}
      intro={<VisibleText text={`${whoAndWhen(data)} ${data.note ?? ''}`} />}
      action={
        <div className="flex flex-wrap gap-2">
          <ButtonLink href="/policies">All versions</ButtonLink>
          <Button onClick={() => downloadVersion(data)}>Download</Button>
          {isAdmin && (
            <ButtonLink href={`/policies/edit?from=${data.number}`}>
              Edit from this version
            </ButtonLink>
          )}
          {isAdmin && inForce !== undefined && !data.inForce && (
            <Button look="primary" onClick={() => setRollingBack(true)}>
              Publish again…
            </Button>
          )}
        </div>
      }
    >
      {(data.inForce || data.rolledBackTo !== null || data.origin === 'pipeline') && (
        <p className="flex flex-wrap gap-2">
          {data.inForce && <Badge tone="go">in force</Badge>}
          {data.rolledBackTo !== null && <Badge>version {data.rolledBackTo} again</Badge>}
          {data.origin === 'pipeline' && <Badge>from a pipeline</Badge>}
        </p>
      )}
      {ruleId !== '' && source}
      {inForce !== undefined && <Comparison version={data} newest={inForce.version.number} />}
      {ruleId === '' && source}
      {data.cases !== '' && (
        <Disclosure title="Test cases">
          <RawText text={data.cases} />
        </Disclosure>
      )}
      {rollingBack && inForce !== undefined && (
        <RollBackDialog version={data} inForce={inForce} onClose={() => setRollingBack(false)} />
      )}
    </Page>
  );
}

function whoAndWhen({ publishedBy, proposedBy, publishedAt }: PolicyVersion): string {
  const proposed = proposedBy === null ? '' : `Proposed by ${proposedBy}. `;
  return `${proposed}Published by ${publishedBy}, ${formatUtc(publishedAt)}.`;
}

const MOST_CHOICES = 200;

/** Against the version before, or any other: `?against=`, so that the comparison can be linked to. */
function Comparison({ version, newest }: { version: PolicyVersion; newest: number }) {
  const url = useUrlFilters(['against']);
  const asked = Number(url.value('against'));
  const before = Math.max(1, version.number - 1);
  const against =
    Number.isInteger(asked) && asked >= 1 && asked <= newest && asked !== version.number
      ? asked
      : before;
  const isFirst = against === version.number;
  const other = useApi(isFirst ? null : `/api/policy/versions/${against}`, policyVersionSchema);
  const changes = useApi(
    isFirst ? null : `/api/policy/changes?from=${against}&to=${version.number}`,
    policyComparisonSchema,
  ).data;
  const choices = Array.from({ length: newest }, (_, index) => newest - index)
    .filter((number) => number !== version.number)
    .slice(0, MOST_CHOICES);
  const options = [...new Set([...choices, against])].map((number) => ({
    value: String(number),
    text:
      number === version.number
        ? 'Nothing: it is the first'
        : `Version ${number}${number === newest ? ', in force' : number === before ? ', the one before' : ''}`,
  }));
  if (choices.length === 0) return null;
  return (
    <Panel title="What it changed">
      <div className="flex min-w-0 flex-col gap-3">
        <div className="max-w-xs">
          <SelectField
            label="Compared with"
            value={String(against)}
            options={options}
            onValue={(value) => url.set('against', value)}
          />
        </div>
        {other.data === undefined || changes === undefined ? (
          other.failure === undefined ? (
            !isFirst && <Skeleton rows={2} label="Loading the other version" />
          ) : (
            <ErrorState failure={other.failure} onRetry={other.retry} />
          )
        ) : (
          <>
            <ChangesView changes={changes.changes} />
            <DiffView before={other.data.source} after={version.source} />
            {other.data.cases !== version.cases && (
              <Disclosure title="Test cases">
                <DiffView before={other.data.cases} after={version.cases} />
              </Disclosure>
            )}
          </>
        )}
      </div>
    </Panel>
  );
}
