'use client';

import {
  policyInForceSchema,
  policyVersionListSchema,
  type PolicyInForce,
} from '@holdpoint/contracts';
import Link from 'next/link';
import { useApi, useMe } from '../../lib/use-api.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { RawText } from '../../ui/json-view.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ChainAlarms } from '../chains/chain-alarms.tsx';
import { DraftList } from './draft-list.tsx';
import { ObservedPanel } from './observed/observed-panel.tsx';
import { ProposalList } from './proposal-list.tsx';
import { SuggestionList } from './suggestions/suggestion-list.tsx';

type RuleInWords = PolicyInForce['rules'][number];

export function PolicyOverview() {
  const { data, failure, retry } = useApi('/api/policy', policyInForceSchema);
  const { data: me } = useMe();
  const mayPublish = me?.roles.includes('admin') ?? false;
  return (
    <Page
      title="Policies"
      intro="Deny beats hold beats allow. Where no rule matches, the connection’s default effect applies."
      action={
        mayPublish && (
          <ButtonLink href="/policies/edit" look="primary">
            Edit the policy
          </ButtonLink>
        )
      }
    >
      {mayPublish && <ChainAlarms />}
      {data !== undefined && failure !== undefined && (
        <ErrorState failure={failure} onRetry={retry} />
      )}
      {data === undefined ? (
        <Panel flush>
          {failure === undefined ? (
            <Skeleton label="Loading the policy" />
          ) : (
            <ErrorState failure={failure} onRetry={retry} />
          )}
        </Panel>
      ) : (
        <InForce policy={data} />
      )}
      {mayPublish && data !== undefined && (
        <>
          <ProposalList />
          <DraftList inForce={data.version.number} />
        </>
      )}
      {mayPublish && (
        <>
          <ObservedPanel />
          <SuggestionList />
        </>
      )}
      <Versions />
    </Page>
  );
}

function InForce({ policy: { version, rules } }: { policy: PolicyInForce }) {
  return (
    <Panel
      flush
      title={`In force: version ${version.number}`}
      action={
        <span className="text-sm text-muted">
          <VisibleText text={version.publishedBy} />, <Utc at={version.publishedAt} />
        </span>
      }
    >
      {rules.length === 0 ? (
        <EmptyState title="No rules">
          <p>Every call takes its connection’s default effect.</p>
        </EmptyState>
      ) : (
        <ul aria-label="Rules">
          {rules.map((rule) => (
            <Rule key={rule.id} rule={rule} />
          ))}
        </ul>
      )}
      <div className="border-t border-line p-3">
        <Disclosure title="Source">
          <RawText text={version.source} />
        </Disclosure>
      </div>
    </Panel>
  );
}

const EFFECT_TONES: Readonly<Record<string, Tone>> = { allow: 'go', hold: 'hold', deny: 'stop' };

function Rule({ rule }: { rule: RuleInWords }) {
  return (
    <li className="grid gap-x-4 gap-y-1 border-b border-line px-4 py-3 last:border-b-0 sm:grid-cols-[4.5rem_minmax(0,1fr)]">
      <span className="flex flex-wrap content-start gap-1">
        {rule.effect !== null && (
          <Badge tone={EFFECT_TONES[rule.effect] ?? 'neutral'}>{rule.effect}</Badge>
        )}
        {rule.masks.length > 0 && <Badge tone="accent">mask</Badge>}
      </span>
      <div className="flex min-w-0 flex-col gap-0.5">
        <p>
          {rule.description === null ? (
            <span className="text-muted">No description</span>
          ) : (
            <VisibleText text={rule.description} />
          )}{' '}
          <code className="font-mono text-sm text-muted">{rule.id}</code>
        </p>
        <p className="text-muted">
          Applies to <VisibleText text={rule.match} />
          {rule.when !== null && (
            <>
              , when{' '}
              <code className="font-mono text-sm text-ink">
                <VisibleText text={rule.when} />
              </code>
            </>
          )}
          {rule.unless !== null && (
            <>
              , unless{' '}
              <code className="font-mono text-sm text-ink">
                <VisibleText text={rule.unless} />
              </code>
            </>
          )}
          {rule.masks.length > 0 && (
            <>
              ; masks <VisibleText text={rule.masks.join(', ')} />
            </>
          )}
        </p>
      </div>
    </li>
  );
}

function Versions() {
  const { data, failure, retry } = useApi('/api/policy/versions', policyVersionListSchema);
  return (
    <Panel title="Versions" flush>
      {data === undefined ? (
        failure === undefined ? (
          <Skeleton rows={3} label="Loading versions" />
        ) : (
          <ErrorState failure={failure} onRetry={retry} />
        )
      ) : (
        <ul aria-label="Versions">
          {data.items.map((version) => (
            <li key={version.number} className="row-lazy border-b border-line last:border-b-0">
              <Link
                href={`/policies/versions/${version.number}`}
                prefetch={false}
                className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-4 py-2.5 -outline-offset-2 hover:bg-raised"
              >
                <span className="min-w-20 font-medium">Version {version.number}</span>
                {version.inForce && <Badge tone="go">in force</Badge>}
                {version.rolledBackTo !== null && (
                  <Badge>version {version.rolledBackTo} again</Badge>
                )}
                {version.origin === 'pipeline' && <Badge>from a pipeline</Badge>}
                <span className="min-w-0 flex-1 break-words">
                  {version.note === null ? (
                    <span className="text-muted">No note</span>
                  ) : (
                    <VisibleText text={version.note} />
                  )}
                </span>
                <span className="text-sm text-muted">
                  {version.proposedBy !== null && (
                    <>
                      proposed by <VisibleText text={version.proposedBy} />,{' '}
                    </>
                  )}
                  <VisibleText text={version.publishedBy} />, <Utc at={version.publishedAt} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
