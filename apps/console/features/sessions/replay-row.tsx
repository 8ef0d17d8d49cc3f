'use client';

import { storedDecisionSchema, type ReplayItem, type StoredDecision } from '@holdpoint/contracts';
import { useState } from 'react';
import { formatBytes, formatOffset, formatUtc } from '../../lib/format.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { JsonText, JsonValue, RawText } from '../../ui/json-view.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { AskedAndChanged } from '../arguments/asked-and-changed.tsx';
import { ObservedRules } from '../inbox/observed-rules.tsx';
import { sentArguments } from './asked-arguments.ts';
import { familiesOf, FAMILY_WORDS, type Family } from './families.ts';

type ReplayFrame = ReplayItem['frames'][number];

const EDGE_WORDS: Readonly<Record<ReplayFrame['edge'], string>> = {
  'agent-to-gateway': 'Agent → gateway',
  'gateway-to-upstream': 'Gateway → connection',
  'upstream-to-gateway': 'Connection → gateway',
  'gateway-to-agent': 'Gateway → agent',
};

const WITHHELD_WORDS: Readonly<Record<NonNullable<ReplayFrame['withheld']>, string>> = {
  retention:
    'This frame was deleted after its retention time. Its digest still proves what it was.',
  role: 'Your role may not open this frame. Its digest proves what it was.',
};

interface Props {
  item: ReplayItem;
  before: ReplayItem | undefined;
  /** Where it was sent with other arguments: the exact JSON text of those that were asked. */
  asked: string | null;
  isCurrent: boolean;
  onSelect: (id: string) => void;
}

export function ReplayRow({ item, before, asked, isCurrent, onSelect }: Props) {
  const [isOpen, setIsOpen] = useState(isCurrent);
  const [wasCurrent, setWasCurrent] = useState(isCurrent);
  // Stepping onto an item opens it, stepping off closes it; in between it is the reader's.
  if (wasCurrent !== isCurrent) {
    setWasCurrent(isCurrent);
    setIsOpen(isCurrent);
  }
  const [family, ...others] = familiesOf(item);
  const decision = decisionIn(item);
  const offsetMs = before === undefined ? null : Date.parse(item.at) - Date.parse(before.at);
  return (
    <li
      id={`item-${item.id}`}
      aria-current={isCurrent ? 'step' : undefined}
      className={`scroll-my-24 border-b border-l-3 border-b-line last:border-b-0 ${isCurrent ? 'border-l-accent' : 'border-l-transparent'}`}
    >
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => {
          if (!isCurrent) onSelect(item.id);
          else setIsOpen(!isOpen);
        }}
        className={`grid w-full grid-cols-[auto_minmax(0,1fr)_auto] items-baseline gap-x-3 px-4 py-2 text-left max-md:min-h-11 -outline-offset-2 hover:bg-raised sm:grid-cols-[6rem_5.5rem_minmax(0,1fr)_auto] ${isCurrent ? 'bg-accent-soft' : ''}`}
      >
        <span
          className={`hidden text-right font-mono text-sm sm:block ${offsetMs !== null && offsetMs > 1000 ? 'font-semibold' : 'text-muted'}`}
          title={formatUtc(item.at)}
        >
          {offsetMs === null ? item.at.slice(11, 19) : formatOffset(offsetMs)}
        </span>
        <span>
          <FamilyBadge family={family} />
        </span>
        <span className="min-w-0">
          <VisibleText text={item.title} />{' '}
          {others.map((other) => (
            <FamilyBadge key={other} family={other} />
          ))}
          {decision !== undefined && (
            <ObservedRules rules={decision.observed} effect={decision.effect} />
          )}
        </span>
        <Icon
          name="down"
          className={`size-4 self-center text-muted transition-transform ${isOpen ? 'rotate-180' : ''}`}
        />
      </button>
      {isOpen && <Opened item={item} asked={asked} />}
    </li>
  );
}

/** Most entries record none. */
function decisionIn({ entry }: ReplayItem): StoredDecision | undefined {
  const { data } = entry;
  if (typeof data !== 'object' || data === null || !('decision' in data)) return undefined;
  return storedDecisionSchema.safeParse(data.decision).data;
}

function FamilyBadge({ family }: { family: Family }) {
  return (
    <span className="mr-1">
      <Badge tone={FAMILY_WORDS[family].tone}>{FAMILY_WORDS[family].one}</Badge>
    </span>
  );
}

function Opened({ item, asked }: Pick<Props, 'item' | 'asked'>) {
  const sent = asked === null ? null : sentArguments(item);
  return (
    <div className="flex flex-col gap-4 border-t border-line px-4 py-3 sm:pl-28">
      <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm text-muted">
        <time dateTime={item.at}>{formatUtc(item.at)}</time>
        <code className="font-mono">{item.kind}</code>
        <span>{item.position === null ? 'not sequenced yet' : `position ${item.position}`}</span>
        {item.approvalId !== null && (
          <TextLink href={`/inbox/${encodeURIComponent(item.approvalId)}`}>
            Open the approval
          </TextLink>
        )}
      </p>
      {asked !== null && sent !== null && (
        <section aria-label="What a reviewer changed" className="flex min-w-0 flex-col gap-1">
          <h2 className="text-sm font-semibold">Sent, against what the agent asked</h2>
          <AskedAndChanged asked={asked} changed={sent} />
        </section>
      )}
      {item.frames.map((frame) => (
        <FrameView key={frame.id} frame={frame} />
      ))}
      <section aria-label="Entry">
        <h2 className="mb-1 text-sm font-semibold">Entry</h2>
        <div className="rounded-md bg-raised p-3">
          <JsonValue value={item.entry} />
        </div>
      </section>
    </div>
  );
}

function FrameView({ frame }: { frame: ReplayFrame }) {
  const [raw, setRaw] = useState(false);
  return (
    <section aria-label={`Frame, ${EDGE_WORDS[frame.edge]}`}>
      <div className="mb-1 flex flex-wrap items-center justify-between gap-2">
        <h2 className="text-sm font-semibold">
          {EDGE_WORDS[frame.edge]}{' '}
          <span className="font-normal text-muted">{formatBytes(frame.bytes)}</span>
        </h2>
        {frame.text !== null && (
          <Button size="small" aria-pressed={raw} onClick={() => setRaw(!raw)}>
            Raw
          </Button>
        )}
      </div>
      <div className="rounded-md bg-raised p-3">
        {frame.text === null ? (
          <p className="text-muted">{WITHHELD_WORDS[frame.withheld ?? 'retention']}</p>
        ) : raw ? (
          <RawText text={frame.text} />
        ) : (
          <JsonText text={frame.text} />
        )}
      </div>
      <p className="mt-1 font-mono text-xs break-all text-muted">{frame.digest}</p>
    </section>
  );
}
