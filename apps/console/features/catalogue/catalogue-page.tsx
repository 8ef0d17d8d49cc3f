'use client';

import { catalogueSchema, type Catalogue } from '@holdpoint/contracts';
import { plural } from '../../lib/format.ts';
import { useApi, useMe } from '../../lib/use-api.ts';
import { useUrlFilters, type UrlFilters } from '../../lib/use-url-filters.ts';
import { Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { FilterField, SelectField } from '../../ui/field.tsx';
import { Page, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ConnectionTabs } from '../connections/connection-tabs.tsx';
import { AcceptShown } from './accept-shown.tsx';
import { countsOf, filtered, FILTERS, type FilterName } from './catalogue-filters.ts';
import { CatalogueRow } from './catalogue-row.tsx';
import { GovernanceBadges } from './governance-view.tsx';
import { ItemDialog } from './item-dialog.tsx';
import { isWaiting, KINDS, readItemParam } from './item-words.ts';
import { ListAgain } from './list-again.tsx';

/** What an upstream offers, what of it is accepted, and which rules govern it. */
export function CataloguePage({ id }: { id: string }) {
  const path = `/api/connections/${encodeURIComponent(id)}/catalogue`;
  const { data, failure, retry } = useApi(path, catalogueSchema);
  const { data: me } = useMe();
  const filters = useUrlFilters<FilterName>(FILTERS);
  if (data === undefined) {
    return (
      <Page title="Catalogue">
        {failure === undefined ? (
          <Skeleton label="Loading the catalogue" rows={8} />
        ) : (
          <ErrorState failure={failure} onRetry={retry} />
        )}
      </Page>
    );
  }
  const mayAccept = me?.roles.includes('admin') === true;
  const opened = readItemParam(filters.value('item'));
  return (
    <Page
      title={<VisibleText text={data.connection.title} />}
      action={mayAccept && <ListAgain connectionId={id} onListed={retry} />}
    >
      <ConnectionTabs id={id} open="catalogue" quarantined={countsOf(data).waiting} />
      {failure !== undefined && <ErrorState failure={failure} onRetry={retry} />}
      <Notices catalogue={data} />
      <Counts catalogue={data} filters={filters} />
      <Filters filters={filters} />
      <Items catalogue={data} filters={filters} mayAccept={mayAccept} onSettled={retry} />
      <OtherMethods catalogue={data} />
      {opened !== undefined && (
        <ItemDialog
          path={path}
          item={opened}
          mayAccept={mayAccept}
          onSettled={retry}
          onClose={() => filters.set('item', '')}
        />
      )}
    </Page>
  );
}

function Notices({ catalogue: { connection, cutKinds, policyVersion } }: { catalogue: Catalogue }) {
  return (
    <>
      {connection.quarantine === 'accept' && (
        <Notice
          tone="stop"
          loud
          title="Whatever this upstream lists is accepted by itself: no new or changed definition waits for anybody."
        />
      )}
      {policyVersion === null && (
        <Notice tone="stop" title="The policy can’t be read, so who governs isn’t known." />
      )}
      {cutKinds.length > 0 && (
        <Notice tone="hold" title="The upstream lists more than is kept.">
          {cutKinds.map((kind) => KINDS[kind].many).join(', ')}: the first 2,000 are here. What is
          beyond them is in no list that agents see, except resources.
        </Notice>
      )}
    </>
  );
}

/** The numbers that matter; each one filters the list by it. */
function Counts({ catalogue, filters }: { catalogue: Catalogue; filters: UrlFilters<FilterName> }) {
  const counts = countsOf(catalogue);
  const all = [
    { name: 'state', value: 'waiting', count: counts.waiting, text: 'waiting for an admin' },
    { name: 'state', value: 'blocked', count: counts.blocked, text: 'blocked' },
    { name: 'rule', value: 'none', count: counts.ungoverned, text: 'without a rule' },
    { name: 'state', value: 'accepted', count: counts.accepted, text: 'accepted' },
    { name: 'state', value: 'missing', count: counts.missing, text: 'missing' },
  ] as const;
  return (
    <div className="flex flex-wrap gap-2" role="group" aria-label="Show only">
      {all.map(({ name, value, count, text }) => {
        const on = filters.value(name) === value;
        return (
          <button
            key={value}
            type="button"
            aria-pressed={on}
            className={`rounded-md border px-3 py-1.5 text-left ${on ? 'border-accent bg-accent-soft' : 'border-line bg-surface hover:bg-raised'}`}
            onClick={() => filters.set(name, on ? '' : value)}
          >
            <strong
              className={`text-lg ${count > 0 && value === 'waiting' ? 'text-hold' : ''} ${count > 0 && value === 'none' ? 'text-untrusted' : ''}`}
            >
              {count.toLocaleString('en')}
            </strong>{' '}
            <span className="text-muted">{text}</span>
          </button>
        );
      })}
    </div>
  );
}

function Filters({ filters }: { filters: UrlFilters<FilterName> }) {
  const kinds = [
    { value: '', text: 'Everything' },
    ...Object.entries(KINDS).map(([value, { many }]) => ({ value, text: many })),
  ];
  return (
    <search className="grid gap-3 sm:grid-cols-[2fr_1fr_auto] sm:items-end">
      <FilterField
        label="Search"
        type="search"
        placeholder="Name, title or description"
        value={filters.value('q')}
        onValue={(value) => filters.set('q', value)}
      />
      <SelectField
        label="Kind"
        value={filters.value('kind')}
        options={kinds}
        onValue={(value) => filters.set('kind', value)}
      />
      <Button disabled={!filters.active} onClick={filters.clear}>
        Clear
      </Button>
    </search>
  );
}

function Items({
  catalogue,
  filters,
  mayAccept,
  onSettled,
}: {
  catalogue: Catalogue;
  filters: UrlFilters<FilterName>;
  mayAccept: boolean;
  onSettled: () => void;
}) {
  const { items, connection, listedAt } = catalogue;
  const shown = filtered(items, filters.value);
  const waiting = shown.filter(isWaiting);
  return (
    <Panel
      flush
      title={
        shown.length === items.length
          ? plural(items.length, 'item')
          : `${shown.length} of ${plural(items.length, 'item')}`
      }
      action={
        mayAccept && waiting.length > 0 ? (
          <AcceptShown connectionId={connection.id} items={waiting} onSettled={onSettled} />
        ) : (
          listedAt !== null && (
            <span className="text-sm text-muted">
              listed <Utc at={listedAt} />
            </span>
          )
        )
      }
    >
      {items.length === 0 ? (
        <EmptyState title="Nothing is listed yet">
          <p>The upstream is asked what it offers when it is first used, and when you ask.</p>
        </EmptyState>
      ) : shown.length === 0 ? (
        <EmptyState title="No item matches">
          <p>Change or clear the filters.</p>
        </EmptyState>
      ) : (
        <ul aria-label="Catalogue">
          {shown.map((item) => (
            <CatalogueRow
              key={`${item.kind} ${item.name}`}
              item={item}
              onOpen={(param) => filters.set('item', param)}
            />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function OtherMethods({ catalogue: { methods } }: { catalogue: Catalogue }) {
  return (
    <Panel flush title="Calls of what no list names">
      <ul aria-label="Other methods">
        {methods.map(({ method, governance }) => (
          <li
            key={method}
            className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2 last:border-b-0"
          >
            <code className="min-w-0 flex-1 basis-56 font-mono text-sm">
              {method === '*' ? 'any other method' : method}
            </code>
            <span className="flex flex-wrap items-center gap-2">
              <GovernanceBadges governance={governance} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
