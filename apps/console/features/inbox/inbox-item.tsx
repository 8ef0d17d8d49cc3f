'use client';

import { sentenceText, type ApprovalSummary } from '@holdpoint/contracts';
import { memo } from 'react';
import { plural } from '../../lib/format.ts';
import { Badge } from '../../ui/badge.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Ago, Countdown } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ApprovalSentence } from './approval-sentence.tsx';
import { STATE_WORDS } from './approval-states.ts';
import { WatchedBy } from './approval-watch.tsx';
import type { Line } from './arrangement.ts';

interface Props {
  line: Line;
  /** `undefined` until it was loaded. */
  approval: ApprovalSummary | undefined;
  top: number;
  height: number;
  position: number;
  count: number;
  href: string;
  isOpen: boolean;
  isSelected: boolean;
  onOpen: (id: string) => void;
  onSelect: ((id: string) => void) | null;
  onToggle: ((lead: string) => void) | null;
}

// Memoized by what it shows: rows are not worked through again for one that changed.
export const InboxItem = memo(function InboxItem(props: Props) {
  const { line, approval, isOpen, isSelected, onSelect, onToggle } = props;
  const open = (event: React.MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    props.onOpen(line.id);
  };
  const canFold = onToggle !== null && (line.alike > 0 || line.unfolded);
  return (
    <li
      aria-setsize={props.count}
      aria-posinset={props.position}
      style={{ top: props.top, height: props.height }}
      className={`absolute inset-x-0 flex overflow-hidden border-b border-l-3 border-b-line ${isOpen ? 'border-l-accent bg-accent-soft' : 'border-l-transparent hover:bg-raised'}`}
    >
      {onSelect !== null && (
        <label
          className={`flex w-9 shrink-0 justify-center pt-3.5 ${line.isMember ? 'ml-4 border-l border-line' : ''}`}
        >
          <input
            type="checkbox"
            tabIndex={-1}
            className="size-4 accent-(--accent)"
            checked={isSelected}
            onChange={() => onSelect(line.id)}
            aria-label={`Select ${approval === undefined ? 'this call' : sentenceText(approval)}`}
          />
        </label>
      )}
      <a
        href={props.href}
        onClick={open}
        data-testid="inbox-item"
        data-row={line.id}
        aria-current={isOpen ? 'true' : undefined}
        className={`flex min-w-0 flex-1 flex-col gap-1 py-3 pr-4 -outline-offset-2 ${onSelect === null ? 'pl-4' : ''} ${line.gone ? 'text-muted' : ''}`}
      >
        {approval === undefined ? (
          <span className="text-muted">Loading…</span>
        ) : (
          <>
            <span className="line-clamp-2 leading-snug">
              <ApprovalSentence of={approval} short />
            </span>
            {approval.preview !== '' && (
              <span className="line-clamp-1 font-mono text-sm text-muted">
                <VisibleText text={approval.preview} />
                {approval.previewCut && ' …'}
              </span>
            )}
            <span
              className={`flex h-5 min-w-0 items-center gap-x-3 overflow-hidden text-sm whitespace-nowrap text-muted ${canFold ? 'mr-24' : ''}`}
            >
              <RowState approval={approval} gone={line.gone} />
            </span>
          </>
        )}
      </a>
      {canFold && (
        <button
          type="button"
          aria-expanded={line.unfolded && line.alike === 0}
          onClick={() => onToggle(line.id)}
          title="Key: z"
          className="absolute right-3 bottom-1.5 inline-flex min-h-7 items-center gap-1 rounded-full border border-strong-line bg-surface px-2 text-sm font-medium hover:bg-raised"
        >
          {line.alike === 0
            ? 'Fold'
            : line.unfolded
              ? `${line.alike} more`
              : `+${line.alike} alike`}
          <Icon name={line.alike === 0 ? 'back' : 'down'} className="size-3.5" />
          <span className="sr-only">, {plural(line.alike, 'call')} not shown</span>
        </button>
      )}
    </li>
  );
}, sameRow);

function RowState({ approval, gone }: { approval: ApprovalSummary; gone: boolean }) {
  const { state, inbox } = approval;
  if (gone) {
    if (inbox.snoozedUntil !== null && state === 'held') return <Badge>Snoozed</Badge>;
    const label = STATE_WORDS[state].label;
    return <Badge>{state === 'held' ? 'No longer listed' : `${label} meanwhile`}</Badge>;
  }
  if (state !== 'held') {
    const words = STATE_WORDS[state];
    return (
      <>
        <Badge tone={words.tone}>{words.label}</Badge>
        {state === 'unknown' && (
          <span className="font-semibold text-stop">the call may have run</span>
        )}
        <Ago at={approval.settledAt ?? approval.heldAt} />
      </>
    );
  }
  return (
    <>
      <Countdown at={approval.expiresAt} />
      <WatchedBy watch={approval.watch} />
      {inbox.snoozedUntil !== null && <Badge tone="accent">Snoozed</Badge>}
      {!approval.mayDecide.ok && <span>not yours to decide</span>}
      {approval.rejudged !== null && (
        <Badge tone="accent">
          {approval.rejudged.wasApproved
            ? 'Back: the policy asks for more'
            : 'The policy asks for more'}
        </Badge>
      )}
      {approval.stepCount > 1 && approval.currentStep !== null && (
        <span>
          step {approval.currentStep + 1} of {approval.stepCount}
        </span>
      )}
      {/* Last, since it is what may end in dots where a row is full. */}
      {!approval.agentWaiting && <span className="min-w-0 truncate">agent stopped waiting</span>}
    </>
  );
}

function sameRow(before: Props, after: Props): boolean {
  const { line: oldLine, approval: oldApproval, ...old } = before;
  const { line, approval, ...now } = after;
  return (
    JSON.stringify(old) === JSON.stringify(now) &&
    old.onOpen === now.onOpen &&
    old.onSelect === now.onSelect &&
    old.onToggle === now.onToggle &&
    JSON.stringify(oldLine) === JSON.stringify(line) &&
    (oldApproval === approval || JSON.stringify(oldApproval) === JSON.stringify(approval))
  );
}
