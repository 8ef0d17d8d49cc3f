'use client';

import type { CatalogueItem } from '@holdpoint/contracts';
import { useState } from 'react';
import { plural } from '../../lib/format.ts';
import { Badge, Notice } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { FailureNote } from '../../ui/states.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { KINDS, STATES } from './item-words.ts';
import { useWord } from './use-word.ts';

/** Accepts every waiting definition that the filters leave, as they are listed now. */
export function AcceptShown({
  connectionId,
  items,
  onSettled,
}: {
  connectionId: string;
  items: readonly CatalogueItem[];
  onSettled: () => void;
}) {
  // What the dialog showed is what is accepted, whatever is listed meanwhile.
  const [asked, setAsked] = useState<readonly CatalogueItem[]>();
  const [note, setNote] = useState('');
  const [changed, setChanged] = useState(0);
  const { say, failure, busy } = useWord(connectionId);
  const accept = async () => {
    const result = await say('accept', asked ?? [], note);
    if (result === undefined) return;
    onSettled();
    setChanged(result.changed.length);
    if (result.changed.length === 0) setAsked(undefined);
  };
  return (
    <>
      <Button size="small" onClick={() => setAsked(items)}>
        Accept all shown ({items.length})…
      </Button>
      {asked !== undefined && (
        <Dialog
          title={`Accept ${plural(asked.length, 'definition')}`}
          onClose={() => setAsked(undefined)}
        >
          <div className="flex flex-col gap-4">
            <p>
              Each becomes part of the audit log in your name. Look at what changed first: a
              description is read by the model, whatever it says.
            </p>
            <ul
              aria-label="To be accepted"
              className="max-h-60 overflow-auto rounded-md border border-line"
            >
              {asked.map((item) => (
                <li
                  key={`${item.kind} ${item.name}`}
                  className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1.5 last:border-b-0"
                >
                  <code className="min-w-0 font-mono text-sm break-all">
                    <VisibleText text={item.name} />
                  </code>
                  {item.kind !== 'tool' && <Badge>{KINDS[item.kind].one}</Badge>}
                  <Badge tone={STATES[item.state].tone}>{STATES[item.state].text}</Badge>
                </li>
              ))}
            </ul>
            <TextField
              label="Note"
              hint="Why; kept with each."
              value={note}
              maxLength={500}
              onValue={setNote}
            />
            <FailureNote failure={failure} />
            {changed > 0 && (
              <Notice
                live
                tone="hold"
                title={`${plural(changed, 'definition')} changed meanwhile and still wait.`}
              />
            )}
            <div className="flex justify-end gap-2">
              <Button onClick={() => setAsked(undefined)}>Close</Button>
              <Button look="primary" disabled={busy} onClick={() => void accept()}>
                {busy ? 'Accepting…' : `Accept ${plural(asked.length, 'definition')}`}
              </Button>
            </div>
          </div>
        </Dialog>
      )}
    </>
  );
}
