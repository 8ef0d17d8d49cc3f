'use client';

import type { Me } from '@holdpoint/contracts';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { placesFor } from '../../lib/roles.ts';
import { useShortcuts } from '../../lib/use-shortcuts.ts';
import { Dialog } from '../../ui/dialog.tsx';

const INBOX_KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ['j k ↓ ↑', 'Move through the list'],
  ['Enter o', 'Open the item'],
  ['a, then Enter', 'Approve the opened item'],
  ['d', 'Deny the opened item: opens the reason'],
  ['e', 'Change the opened item’s arguments'],
  ['w', 'Approve the opened item and propose a grant'],
  ['r', 'The arguments as they were sent, and back'],
  ['⌘/Ctrl Enter', 'Send the denial'],
  ['c', 'Write a comment or a question'],
  ['l', 'Say that you look at the opened item, or take it over'],
  ['n', 'Open the next pending item'],
  ['s', 'Snooze the opened item, for yourself'],
  ['Esc', 'Clear the selection, or close the item'],
];
const LIST_KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ['/', 'Search'],
  ['f', 'Filters'],
  ['z', 'Unfold or fold alike calls'],
  ['x', 'Select the row, or not'],
  ['Shift J K', 'Extend the selection'],
  ['*', 'Select all alike calls'],
  ['Shift A', 'Approve the selected: shows all of each first'],
  ['Shift D', 'Deny the selected with one reason'],
  ['Shift S', 'Snooze the selected, for yourself'],
];
const REPLAY_KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ['← →', 'Step through the replay'],
  ['Space', 'Play or pause'],
];

/** Keys that work on every page, and the list of all of them. */
export function GlobalKeys({ me }: { me: Me }) {
  const router = useRouter();
  const [helpIsOpen, setHelpIsOpen] = useState(false);
  const places = placesFor(me.roles);
  useShortcuts({
    ...Object.fromEntries(places.map((place) => [`g ${place.key}`, () => router.push(place.href)])),
    '?': () => setHelpIsOpen(true),
  });
  if (!helpIsOpen) return null;
  return (
    <Dialog title="Keys" onClose={() => setHelpIsOpen(false)}>
      <div className="flex flex-col gap-4">
        <KeyTable title="Inbox" rows={INBOX_KEYS} />
        <KeyTable title="Many at once" rows={LIST_KEYS} />
        <KeyTable title="Replay" rows={REPLAY_KEYS} />
        <KeyTable
          title="Go to"
          rows={places.map((place) => [`g ${place.key}`, place.name] as const)}
        />
      </div>
    </Dialog>
  );
}

function KeyTable({
  title,
  rows,
}: {
  title: string;
  rows: readonly (readonly [string, string])[];
}) {
  return (
    <section>
      <h3 className="mb-1 text-sm font-semibold text-muted">{title}</h3>
      <dl className="grid grid-cols-[8rem_1fr] gap-y-1">
        {rows.map(([keys, meaning]) => (
          <div key={keys} className="contents">
            <dt>
              <kbd className="rounded border border-line bg-raised px-1.5 font-mono text-sm">
                {keys}
              </kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
