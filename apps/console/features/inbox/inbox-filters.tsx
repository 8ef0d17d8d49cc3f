'use client';

import { inboxFacetsSchema, type ApprovalFilterName, type InboxFacets } from '@holdpoint/contracts';
import { useEffect, useRef, useState } from 'react';
import { useApi } from '../../lib/use-api.ts';
import { useShortcuts } from '../../lib/use-shortcuts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { FilterField, SelectField } from '../../ui/field.tsx';
import { Icon } from '../../ui/icons.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { STATE_WORDS } from './approval-states.ts';
import type { Opened } from './use-opened.ts';

/** The filters that are offered by what there is. */
const FACETS: readonly { readonly name: keyof InboxFacets; readonly label: string }[] = [
  { name: 'connection', label: 'Connection' },
  { name: 'target', label: 'Tool, prompt or resource' },
  { name: 'caller', label: 'Caller' },
  { name: 'group', label: 'Group that is asked' },
  { name: 'chain', label: 'Chain' },
  { name: 'rule', label: 'Rule' },
];

type Options = readonly { readonly value: string; readonly text: string }[];

const WAITING: Options = [
  { value: '', text: 'Either' },
  { value: 'yes', text: 'An agent waits' },
  { value: 'no', text: 'The agent stopped waiting' },
];
const MINE: Options = [
  { value: '', text: 'Everyone’s' },
  { value: 'yes', text: 'Mine to decide' },
];
const MINE_SETTLED: Options = [
  { value: '', text: 'Anyone’s verdict' },
  { value: 'yes', text: 'My verdict' },
];
const SNOOZED: Options = [
  { value: '', text: 'Not listed' },
  { value: 'too', text: 'Listed too' },
  { value: 'only', text: 'Nothing else' },
];
const ALIKE: Options = [
  { value: '', text: 'Folded when there are many' },
  { value: 'grouped', text: 'Folded' },
  { value: 'apart', text: 'Each by itself' },
];
const OUTCOMES: Options = [
  { value: '', text: 'Any' },
  ...Object.entries(STATE_WORDS)
    .filter(([state]) => state !== 'held')
    .map(([value, { label }]) => ({ value, text: label })),
];

const LABELS: Readonly<Partial<Record<string, string>>> = {
  q: 'Words',
  method: 'Method',
  waiting: 'Agent waits',
  outcome: 'Outcome',
  mine: 'Mine',
  snoozed: 'Snoozed',
  from: 'From',
  to: 'To',
  ...Object.fromEntries(FACETS.map(({ name, label }) => [name, label])),
};

/** Search, the filters in force as chips, and all filters in a sheet. All of it is in the address. */
export function InboxFilters({ opened }: { opened: Opened }) {
  const { view, set, show, tab } = opened;
  const [open, setOpen] = useState(false);
  const search = useRef<HTMLDivElement>(null);
  useShortcuts({
    f: () => setOpen(true),
    '/': () => search.current?.querySelector('input')?.focus(),
  });
  const active = [...view].filter(([name]) => name !== 'state' && name !== 'alike' && name !== 'q');
  return (
    <search className="flex flex-col gap-2 border-b border-line px-4 py-2.5">
      <div className="flex items-end gap-2">
        <div ref={search} className="min-w-0 flex-1">
          <FilterField
            label="Search"
            type="search"
            placeholder="Tool, caller, connection, rule, id"
            title="Key: /. Arguments are encrypted, so they aren’t searched."
            value={view.get('q') ?? ''}
            onValue={(text) => set('q', text)}
            onKeyDown={(event) => {
              // Out of the field, so that the list's keys work again; the words stay.
              if (event.key !== 'Escape') return;
              event.preventDefault();
              event.currentTarget.blur();
            }}
          />
        </div>
        <Button onClick={() => setOpen(true)} title="Key: f">
          Filters{active.length > 0 && ` (${active.length})`}
        </Button>
      </div>
      {view.has('q') && (
        <p className="text-sm text-muted">Arguments are encrypted, so they aren’t searched.</p>
      )}
      {active.length > 0 && (
        <ul aria-label="Filters in force" className="flex flex-wrap gap-1.5">
          {active.map(([name, value]) => (
            <li key={name} className="min-w-0 max-w-full">
              <button
                type="button"
                className="inline-flex max-w-full items-center gap-1 rounded-full bg-accent-soft px-2.5 py-0.5 text-sm text-accent max-md:min-h-11 max-md:px-3.5"
                onClick={() => isFilter(name) && set(name, '')}
              >
                <span className="truncate">
                  {LABELS[name] ?? name}: <VisibleText text={value} />
                </span>
                <Icon name="cross" className="size-3.5" />
                <span className="sr-only">, take away</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {open && (
        <FilterSheet
          opened={opened}
          onClear={() => show(tab === 'settled' ? 'state=settled' : '')}
          onClose={() => setOpen(false)}
        />
      )}
    </search>
  );
}

function isFilter(name: string): name is ApprovalFilterName {
  return name in LABELS;
}

function FilterSheet({
  opened: { view, set, tab },
  onClear,
  onClose,
}: {
  opened: Opened;
  onClear: () => void;
  onClose: () => void;
}) {
  const { data, failure } = useApi(`/api/approvals/facets?state=${tab}`, inboxFacetsSchema);
  // A dialog opens with the focus on its first field, not on a button that closes it.
  const first = useRef<HTMLDivElement>(null);
  useEffect(() => first.current?.querySelector('select')?.focus(), []);
  const choice = (name: Parameters<typeof set>[0], label: string, options: Options) => (
    <SelectField
      label={label}
      value={view.get(name) ?? ''}
      options={options}
      onValue={(value) => set(name, value)}
    />
  );
  return (
    <Dialog title="Filters" onClose={onClose}>
      <FailureNote failure={failure} />
      <div ref={first} className="grid gap-3 sm:grid-cols-2">
        {tab === 'pending' ? (
          <>
            {choice('mine', 'Whose', MINE)}
            {choice('waiting', 'Agent', WAITING)}
            {choice('snoozed', 'Snoozed by me', SNOOZED)}
            {choice('alike', 'Alike calls', ALIKE)}
          </>
        ) : (
          <>
            {choice('outcome', 'Outcome', withCurrent(OUTCOMES, view.get('outcome')))}
            {choice('mine', 'Whose verdict', MINE_SETTLED)}
          </>
        )}
        {FACETS.map(({ name, label }) => (
          <div key={name} className="min-w-0">
            {choice(
              name,
              label,
              withCurrent(
                [
                  { value: '', text: 'Any' },
                  ...(data?.[name] ?? []).map(({ value, label: text, count }) => ({
                    value,
                    text: `${text} (${count})`,
                  })),
                ],
                view.get(name),
              ),
            )}
          </div>
        ))}
        <FilterField
          label="Held from (UTC)"
          type="date"
          value={view.get('from') ?? ''}
          onValue={(day) => set('from', day)}
        />
        <FilterField
          label="Held to, included"
          type="date"
          value={view.get('to') ?? ''}
          onValue={(day) => set('to', day)}
        />
      </div>
      <div className="mt-4 flex flex-wrap gap-3">
        <Button look="primary" onClick={onClose}>
          Show the list
        </Button>
        <Button onClick={onClear}>Clear all</Button>
      </div>
    </Dialog>
  );
}

/** What the address asks for is among the choices, even where nothing has it now. */
function withCurrent(options: Options, current: string | null): Options {
  return current === null || options.some(({ value }) => value === current)
    ? options
    : [...options, { value: current, text: current }];
}
