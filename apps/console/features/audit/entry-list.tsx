'use client';

import { entryPageSchema } from '@holdpoint/contracts';
import { usePages } from '../../lib/use-api.ts';
import { useUrlFilters, type UrlFilters } from '../../lib/use-url-filters.ts';
import { Button } from '../../ui/button.tsx';
import { FilterField } from '../../ui/field.tsx';
import { Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { EntryRow } from './entry-row.tsx';

const NAMES = ['q', 'kind', 'connection', 'who', 'from', 'to'] as const;
type FilterName = (typeof NAMES)[number];

export function EntryList() {
  const filters = useUrlFilters(NAMES);
  const list = usePages(`/api/audit/entries?${apiQuery(filters)}`, entryPageSchema);
  const entries = list.pages?.flatMap((page) => page.items);
  return (
    <Panel title="Entries, newest first" flush>
      <Filters filters={filters} />
      {list.failure !== undefined && <ErrorState failure={list.failure} onRetry={list.retry} />}
      {entries === undefined ? (
        list.failure === undefined && <Skeleton rows={8} label="Loading entries" />
      ) : entries.length === 0 ? (
        <EmptyState title={filters.active ? 'No entry matches' : 'Nothing has been recorded yet'}>
          <p>
            {filters.active
              ? 'Change or clear the filters.'
              : 'The first call makes the first entries.'}
          </p>
        </EmptyState>
      ) : (
        <ul aria-label="Entries">
          {entries.map((entry) => (
            <EntryRow key={entry.id} entry={entry} />
          ))}
        </ul>
      )}
      {list.hasMore && (
        <div className="border-t border-line p-3">
          <Button onClick={list.loadMore} disabled={list.loadingMore}>
            {list.loadingMore ? 'Loading…' : 'Load earlier ones'}
          </Button>
        </div>
      )}
    </Panel>
  );
}

const TEXT_FILTERS: readonly {
  readonly name: FilterName;
  readonly label: string;
  readonly placeholder: string;
}[] = [
  { name: 'q', label: 'Text', placeholder: 'Words or an id' },
  { name: 'kind', label: 'Kind', placeholder: 'verdict.given' },
  { name: 'connection', label: 'Connection', placeholder: 'Its short name' },
  { name: 'who', label: 'Who', placeholder: 'issuer|subject' },
];

function Filters({ filters }: { filters: UrlFilters<FilterName> }) {
  return (
    <search className="grid grid-cols-2 items-end gap-3 border-b border-line p-4 md:grid-cols-4 xl:grid-cols-7">
      {TEXT_FILTERS.map(({ name, label, placeholder }) => (
        <FilterField
          key={name}
          label={label}
          type="search"
          placeholder={placeholder}
          value={filters.value(name)}
          onValue={(text) => filters.set(name, text)}
        />
      ))}
      <FilterField
        label="From (UTC)"
        type="date"
        value={filters.value('from')}
        onValue={(day) => filters.set('from', day)}
      />
      <FilterField
        label="To, included"
        type="date"
        value={filters.value('to')}
        onValue={(day) => filters.set('to', day)}
      />
      <Button disabled={!filters.active} onClick={filters.clear}>
        Clear
      </Button>
    </search>
  );
}

/** Days in the address, moments in the request. A day that is none is left out: the address is anyone's to type. */
function apiQuery({ query }: UrlFilters<FilterName>): string {
  const api = new URLSearchParams(query);
  for (const [name, time] of [
    ['from', 'T00:00:00.000Z'],
    ['to', 'T23:59:59.999Z'],
  ] as const) {
    const day = api.get(name);
    if (day === null) continue;
    if (Number.isNaN(Date.parse(day + time))) api.delete(name);
    else api.set(name, day + time);
  }
  api.set('limit', '100');
  return api.toString();
}
