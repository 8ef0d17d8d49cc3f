'use client';

import { NUMBERS_DAYS, numbersSchema, type Numbers, type NumbersDays } from '@holdpoint/contracts';
import Link from 'next/link';
import { useApi } from '../../lib/use-api.ts';
import { useUrlFilters } from '../../lib/use-url-filters.ts';
import { DownloadLink } from '../../ui/button.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { AlwaysApproved } from './always-approved.tsx';
import { Outcomes } from './outcomes.tsx';
import { Reading } from './reading.tsx';
import { VerdictDays } from './verdict-days.tsx';
import { Waits } from './waits.tsx';

const DEFAULT_DAYS: NumbersDays = 30;

/** What a team's approvals add up to: where calls wait, and whether what people are asked is worth it. */
export function NumbersPage() {
  const filters = useUrlFilters(['days']);
  const days = NUMBERS_DAYS.find((each) => String(each) === filters.value('days')) ?? DEFAULT_DAYS;
  const { data, failure, retry } = useApi(`/api/numbers?days=${days}`, numbersSchema);
  return (
    <Page
      title="Numbers"
      intro="Where calls wait, and whether what people are asked is worth asking. Whole days, in UTC."
      action={
        <div className="flex flex-wrap items-center gap-3">
          <Days chosen={days} />
          <DownloadLink href={`/api/numbers.csv?days=${days}`}>Download CSV</DownloadLink>
        </div>
      }
    >
      {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
      {data === undefined ? (
        failure === undefined && <Skeleton label="Loading the numbers" />
      ) : data.held === 0 ? (
        <EmptyState title={`Nothing was held in the last ${data.days} days`}>
          <p>The numbers come from held calls and the verdicts on them.</p>
        </EmptyState>
      ) : (
        <Figures numbers={data} />
      )}
    </Page>
  );
}

function Days({ chosen }: { chosen: NumbersDays }) {
  return (
    <nav aria-label="How many days" className="flex rounded-md border border-strong-line">
      {NUMBERS_DAYS.map((days) => (
        <Link
          key={days}
          href={`/numbers?days=${days}`}
          replace
          aria-current={days === chosen ? 'true' : undefined}
          className={`flex min-h-9 items-center px-3 font-medium first:rounded-l-md last:rounded-r-md max-md:min-h-11 ${days === chosen ? 'bg-accent-soft text-accent' : 'text-muted hover:bg-raised hover:text-ink'}`}
        >
          {days} days
        </Link>
      ))}
    </nav>
  );
}

function Figures({ numbers }: { numbers: Numbers }) {
  return (
    <>
      {numbers.cut && (
        <p className="text-muted">
          More was held in this time: these numbers are of the newest{' '}
          {numbers.held.toLocaleString('en')} approvals.
        </p>
      )}
      <Outcomes numbers={numbers} />
      <div className="grid gap-5 lg:grid-cols-2">
        <Waits
          title="Waiting time by step"
          of="Step"
          rows={numbers.steps.map(({ chain, position, wait }) => ({
            name: `${chain}, step ${position}`,
            wait,
          }))}
        />
        <Waits
          title="Waiting time by group"
          of="Group"
          rows={numbers.groups.map(({ group, wait }) => ({
            name: group ?? 'people named by themselves',
            wait,
          }))}
        />
      </div>
      <VerdictDays byDay={numbers.byDay} />
      <Reading reading={numbers.reading} people={numbers.people} />
      <Panel title="Rules that are always approved">
        <AlwaysApproved rules={numbers.alwaysApproved} />
      </Panel>
    </>
  );
}
