'use client';

import { memo } from 'react';
import { Badge } from '../../ui/badge.tsx';
import { Ago, Countdown } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ApprovalSentence } from './approval-sentence.tsx';
import { STATE_WORDS } from './approval-states.ts';
import type { Row } from './stable-list.ts';

interface Props {
  row: Row;
  href: string;
  isOpen: boolean;
  onOpen: (id: string) => void;
}

// Memoized by what it shows: a thousand rows are not worked through again for one that changed.
export const InboxItem = memo(function InboxItem({ row, href, isOpen, onOpen }: Props) {
  const { approval, gone } = row;
  const open = (event: React.MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    onOpen(approval.id);
  };
  return (
    <li className="row-lazy border-b border-line">
      <a
        href={href}
        onClick={open}
        data-testid="inbox-item"
        data-row={approval.id}
        aria-current={isOpen ? 'true' : undefined}
        className={`flex flex-col gap-1 border-l-3 px-4 py-3 -outline-offset-2 ${isOpen ? 'border-l-accent bg-accent-soft' : 'border-l-transparent hover:bg-raised'} ${gone ? 'opacity-70' : ''}`}
      >
        <span className="leading-snug">
          <ApprovalSentence of={approval} short />
        </span>
        {approval.preview !== '' && (
          <span className="line-clamp-2 font-mono text-sm text-muted">
            <VisibleText text={approval.preview} />
            {approval.previewCut && ' …'}
          </span>
        )}
        <span className="flex flex-wrap items-center gap-x-3 gap-y-0.5 text-sm text-muted">
          <RowState row={row} />
        </span>
      </a>
    </li>
  );
}, sameRow);

function RowState({ row: { approval, gone } }: { row: Row }) {
  if (gone) return <Badge>Settled meanwhile</Badge>;
  if (approval.state !== 'held') {
    const words = STATE_WORDS[approval.state];
    return (
      <>
        <Badge tone={words.tone}>{words.label}</Badge>
        {approval.state === 'unknown' && (
          <span className="font-semibold text-stop">the call may have run</span>
        )}
        <Ago at={approval.settledAt ?? approval.heldAt} />
      </>
    );
  }
  return (
    <>
      <Countdown at={approval.expiresAt} />
      {approval.stepCount > 1 && approval.currentStep !== null && (
        <span>
          step {approval.currentStep + 1} of {approval.stepCount}
        </span>
      )}
      {!approval.agentWaiting && <span>agent stopped waiting</span>}
      {!approval.mayDecide.ok && <span>not yours to decide</span>}
    </>
  );
}

function sameRow(before: Props, after: Props): boolean {
  return (
    before.isOpen === after.isOpen &&
    before.href === after.href &&
    before.onOpen === after.onOpen &&
    before.row.gone === after.row.gone &&
    (before.row.approval === after.row.approval ||
      JSON.stringify(before.row.approval) === JSON.stringify(after.row.approval))
  );
}
