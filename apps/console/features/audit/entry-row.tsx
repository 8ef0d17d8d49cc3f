'use client';

import type { Entry } from '@holdpoint/contracts';
import { useState } from 'react';
import { Icon } from '../../ui/icons.tsx';
import { JsonValue } from '../../ui/json-view.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

export function EntryRow({ entry }: { entry: Entry }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <li className="row-lazy border-b border-line last:border-b-0">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
        className="grid w-full grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-4 px-4 py-2 text-left -outline-offset-2 hover:bg-raised md:grid-cols-[12rem_10rem_minmax(0,1fr)_4.5rem_auto]"
      >
        <span className="order-2 col-span-full text-sm text-muted md:order-none md:col-span-1">
          <Utc at={entry.at} />
        </span>
        <code className="hidden font-mono text-sm text-muted md:block">
          <VisibleText text={entry.kind} />
        </code>
        <span className="min-w-0">
          <VisibleText text={entry.title} />
        </span>
        <span className="hidden text-right text-sm text-muted md:block" title="Position in the log">
          {entry.position === null ? '…' : `#${entry.position}`}
        </span>
        <Icon
          name="down"
          className={`size-4 self-center text-muted transition-transform ${isOpen ? 'rotate-180' : ''}`}
        />
      </button>
      {isOpen && (
        <div className="flex flex-col gap-3 border-t border-line px-4 py-3">
          <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
            {entry.who !== null && (
              <span>
                by <VisibleText text={entry.who} />
              </span>
            )}
            {entry.connection !== null && <span>on {entry.connection}</span>}
            <span>
              {entry.position === null ? 'not sequenced yet' : `position ${entry.position}`}
            </span>
            {entry.sessionId !== null && (
              <TextLink
                href={`/sessions/${encodeURIComponent(entry.sessionId)}#${encodeURIComponent(entry.id)}`}
              >
                In its session
              </TextLink>
            )}
            {entry.approvalId !== null && (
              <TextLink href={`/inbox/${encodeURIComponent(entry.approvalId)}`}>
                Its approval
              </TextLink>
            )}
          </p>
          <div className="rounded-md bg-raised p-3">
            <JsonValue value={entry.content} />
          </div>
        </div>
      )}
    </li>
  );
}
