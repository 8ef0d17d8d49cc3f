'use client';

import { suggestionsSchema, type RecordedCall, type Suggestion } from '@holdpoint/contracts';
import { formatDuration, plural } from '../../../lib/format.ts';
import { useApi } from '../../../lib/use-api.ts';
import { Disclosure } from '../../../ui/disclosure.tsx';
import { Panel } from '../../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../../ui/states.tsx';
import { Utc } from '../../../ui/time.tsx';
import { VisibleText } from '../../../ui/visible-text.tsx';
import { RecordedCallLink } from '../simulation/recorded-call-link.tsx';
import { OpenDraftButton } from './open-draft-button.tsx';

/** What history proposes, for admins. Each proposal opens as a draft; none goes into force by itself. */
export function SuggestionList() {
  const { data, failure, retry } = useApi('/api/policy/suggestions', suggestionsSchema);
  return (
    <Panel title="Suggestions from history" flush>
      {data === undefined ? (
        failure === undefined ? (
          <Skeleton rows={3} label="Loading suggestions" />
        ) : (
          <ErrorState failure={failure} onRetry={retry} />
        )
      ) : data.items.length === 0 ? (
        <EmptyState title="Nothing to suggest">
          <p>
            No kind of hold was always approved in the last {data.days} days, every call is decided
            by a rule, and no rule is idle.
          </p>
        </EmptyState>
      ) : (
        <ul aria-label="Suggestions">
          {data.items.map((suggestion) => (
            <SuggestionRow key={suggestion.id} suggestion={suggestion} base={data.version} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function SuggestionRow({ suggestion, base }: { suggestion: Suggestion; base: number }) {
  const { text, draft, calls } = suggestion;
  return (
    <li className="flex flex-col gap-2 border-b border-line px-4 py-3 last:border-b-0">
      <p className="break-words">
        <Headline suggestion={suggestion} />
      </p>
      <p className="text-sm text-muted">
        <Grounds suggestion={suggestion} /> {text}
      </p>
      <Calls calls={calls} />
      {draft === null ? (
        <p className="text-sm text-muted">{WITHOUT_DRAFT[suggestion.kind]}</p>
      ) : (
        <OpenDraftButton title={TITLES[suggestion.kind]} source={draft} base={base}>
          {ACTIONS[suggestion.kind]}
        </OpenDraftButton>
      )}
    </li>
  );
}

const ACTIONS: Readonly<Record<Suggestion['kind'], string>> = {
  'always-approved': 'Look at a draft that allows it',
  'not-covered': 'Begin a rule for it',
  'never-matched': 'Look at a draft without it',
};
const WITHOUT_DRAFT: Readonly<Record<Suggestion['kind'], string>> = {
  'always-approved':
    'Its names are unusual, or a rule that held it masks, too, so you have to write the rule.',
  'not-covered': 'Its names are unusual, so you have to write the rule.',
  'never-matched': 'It can’t be taken out by itself, so you have to edit the text.',
};
const TITLES: Readonly<Record<Suggestion['kind'], string>> = {
  'always-approved': 'Allow what was always approved',
  'not-covered': 'A rule for calls that none is about',
  'never-matched': 'Without a rule that never applied',
};

function Headline({ suggestion }: { suggestion: Suggestion }) {
  if (suggestion.kind === 'never-matched') {
    return (
      <>
        The rule <Code text={suggestion.ruleId} /> applied to none of the calls looked at.
      </>
    );
  }
  const [call] = suggestion.calls;
  const what = <Code text={call?.target ?? call?.method ?? 'Such calls'} />;
  if (suggestion.kind === 'not-covered') {
    return (
      <>
        No rule is about {what} on {suggestion.connection}.
      </>
    );
  }
  return (
    <>
      {what} on {suggestion.connection} was held{' '}
      {suggestion.ruleId === null ? (
        'by default'
      ) : (
        <>
          by <Code text={suggestion.ruleId} />
        </>
      )}{' '}
      and approved every time.
    </>
  );
}

function Grounds({ suggestion }: { suggestion: Suggestion }) {
  const { kind, count, callers, since } = suggestion;
  return (
    <>
      {plural(count, kind === 'always-approved' ? 'hold' : 'call')} since <Utc at={since} />
      {callers.length > 0 && (
        <>
          , from <VisibleText text={callers.join(', ')} />
        </>
      )}
      .
      {kind === 'always-approved' &&
        ` Half were decided within ${formatDuration(suggestion.medianMs)}, ${Math.round(suggestion.underThreeSeconds * 100)} % in under three seconds.`}
    </>
  );
}

export function Calls({ calls }: { calls: readonly RecordedCall[] }) {
  if (calls.length === 0) return null;
  return (
    <Disclosure title="The newest of them">
      <ul className="flex flex-col gap-1">
        {calls.map((call) => (
          <li key={call.entryId}>
            <RecordedCallLink call={call} />
          </li>
        ))}
      </ul>
    </Disclosure>
  );
}

function Code({ text }: { text: string }) {
  return (
    <code className="font-mono text-sm">
      <VisibleText text={text} />
    </code>
  );
}
