'use client';

import { plan, type PlannedEvent, type Step } from '@holdpoint/approval';
import { useId, useState } from 'react';
import { TextField } from '../../ui/field.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { circleText, msOf, type DrawnStep } from './chain-model.ts';
import { useRotas } from './use-rotas.ts';
import { instantOfLocal, localOf, ownZone, readLocal } from './zoned-input.ts';

/** "If this is held on Saturday at 03:00, who is asked, when?" By the very functions of the sweep. */
export function DryRun({
  steps,
  windowMs,
  nameOf,
}: {
  steps: readonly DrawnStep[];
  /** What people are called whom the chain names; those of rotas are known here. */
  nameOf: (key: string) => string;
  /** Of the connection; what a rule holds may go to several, so there it can be typed. */
  windowMs?: number;
}) {
  const [zone, setZone] = useState(ownZone);
  const [local, setLocal] = useState(() => localOf(new Date(), ownZone()));
  const [answer, setAnswer] = useState('');
  const [windowText, setWindowText] = useState('1 hour');
  const rotas = useRotas();
  const heldAt = instantOfLocal(local, zone);
  const overallMs = windowMs ?? msOf(windowText);
  const answerMs = answer.trim() === '' ? null : msOf(answer);
  const timed = timedSteps(steps, overallMs);
  const isReadable = heldAt !== undefined && overallMs > 0 && (answerMs === null || answerMs > 0);
  return (
    <section aria-label="Dry run" className="flex flex-col gap-3">
      <h3 className="font-medium">If a call is held…</h3>
      <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
        <TextField label="On" type="datetime-local" value={local} onValue={setLocal} />
        <ZoneField value={zone} onValue={setZone} />
        <TextField
          label="Each step is approved after"
          hint="Empty: nobody decides."
          placeholder="10 minutes"
          value={answer}
          error={Number.isNaN(answerMs) ? 'A time such as 10 minutes.' : undefined}
          onValue={setAnswer}
        />
        {windowMs === undefined && (
          <TextField
            label="Approval window"
            hint="Of the connection."
            value={windowText}
            error={Number.isNaN(overallMs) ? 'A time such as 1 hour.' : undefined}
            onValue={setWindowText}
          />
        )}
      </div>
      {timed === undefined ? (
        <p className="text-muted">A time of this chain can’t be read yet.</p>
      ) : !isReadable ? (
        <p className="text-muted">Choose a day, a time and a time zone.</p>
      ) : (
        <Timeline
          zone={zone}
          events={plan(timed, {
            heldAt,
            windowMs: overallMs,
            onCall: rotas.onCall,
            approvedAfterMs: answerMs,
          })}
          nameOf={(key) => (rotas.isNamed(key) ? rotas.nameOf(key) : nameOf(key))}
        />
      )}
    </section>
  );
}

function timedSteps(steps: readonly DrawnStep[], overallMs: number): readonly Step[] | undefined {
  const timed = steps.map((step) => ({
    ...step,
    chain: '',
    deadlineMs: step.deadlineMs ?? overallMs,
  }));
  const times = timed.flatMap(({ deadlineMs, onDeadline }) => {
    if (onDeadline === 'deny') return [deadlineMs];
    return onDeadline.kind === 'remind'
      ? [deadlineMs, onDeadline.everyMs]
      : [deadlineMs, ...onDeadline.rounds.map(({ forMs }) => forMs)];
  });
  return times.every((ms) => ms > 0) ? timed : undefined;
}

function ZoneField({ value, onValue }: { value: string; onValue: (zone: string) => void }) {
  const id = useId();
  return (
    <>
      <TextField
        label="Time zone"
        list={id}
        value={value}
        error={instantOfLocal('2026-01-01T00:00', value) ? undefined : 'Such as Europe/Berlin.'}
        onValue={onValue}
      />
      <datalist id={id}>
        {['UTC', ...Intl.supportedValuesOf('timeZone')].map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}

function Timeline({
  events,
  zone,
  nameOf,
}: {
  events: readonly PlannedEvent[];
  zone: string;
  nameOf: (key: string) => string;
}) {
  return (
    <ol
      aria-label="What happens"
      className="flex flex-col gap-1.5 border-l-2 border-strong-line pl-3"
    >
      {events.map((event, index) => (
        <li key={index} className="flex flex-wrap gap-x-3">
          <time dateTime={event.at.toISOString()} className="w-36 shrink-0 text-muted tabular-nums">
            {readLocal(event.at, zone)}
          </time>
          <span className="min-w-0">
            <VisibleText text={sentenceOf(event, nameOf)} />
          </span>
        </li>
      ))}
    </ol>
  );
}

/** What happens, with names; a rota is told with who is on call by it then. */
function sentenceOf(event: PlannedEvent, nameOf: (key: string) => string): string {
  const step = `Step ${event.step + 1}`;
  switch (event.kind) {
    case 'asked':
      return `${step}: ${whoIs(event, nameOf)} asked.`;
    case 'escalated':
      return `${step}: ${whoIs(event, nameOf)} asked, too.`;
    case 'reminded':
      return `${step}: ${whoIs(event, nameOf)} reminded.`;
    case 'approved':
      return `${step} is approved.`;
    case 'released':
      return `${step} is approved: the call may run.`;
    case 'denied':
      return `${step} is over: the call is denied.`;
    case 'expired':
      return 'The approval window is over: the call expires.';
    default:
      return event satisfies never;
  }
}

function whoIs(
  { who, onCall }: Extract<PlannedEvent, { kind: 'asked' | 'escalated' | 'reminded' }>,
  nameOf: (key: string) => string,
): string {
  const others = who.people.filter((key) => key !== onCall?.person);
  const named = { groups: who.groups, people: others };
  const parts = [
    ...(named.groups.length + others.length > 0 ? [circleText(named, nameOf)] : []),
    ...(onCall === null
      ? []
      : [
          onCall.person === undefined
            ? `nobody (none is on call for ${onCall.rota})`
            : `${nameOf(onCall.person)} (on call for ${onCall.rota})`,
        ]),
  ];
  return `${parts.join(' or ')} is`;
}
