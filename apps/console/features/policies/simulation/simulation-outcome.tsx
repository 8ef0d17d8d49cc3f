import type { ChangedCall, SimulationResult } from '@holdpoint/contracts';
import { formatUtc, plural } from '../../../lib/format.ts';
import { Badge, Notice, type Tone } from '../../../ui/badge.tsx';
import { RecordedCallLink } from './recorded-call-link.tsx';
import { ApprovalLoad } from './approval-load.tsx';
import { RuleTallies } from './rule-tallies.tsx';

export const EFFECT_TONES: Readonly<Record<'allow' | 'hold' | 'deny', Tone>> = {
  allow: 'go',
  hold: 'hold',
  deny: 'stop',
};
const EFFECTS = ['allow', 'hold', 'deny'] as const;

/** What a simulation found, the changes first. */
export function SimulationOutcome({ result }: { result: SimulationResult }) {
  const { flips, rerouted, judged, span } = result;
  const changed = flips.reduce((sum, { count }) => sum + count, rerouted.count);
  if (judged === 0) return <NothingJudged result={result} />;
  return (
    <div className="flex flex-col gap-5" role="region" aria-label="What would change">
      <p className="text-lg font-semibold" role="status">
        {changed === 0
          ? `Nothing changes for ${plural(judged, 'recorded call')}.`
          : `${plural(changed, 'call')} of ${judged.toLocaleString('en')} would be treated otherwise.`}
      </p>
      <p className="text-sm text-muted">
        {formatUtc(span.from)} to {formatUtc(span.to)}, against version {result.version}.{' '}
        <NotJudged {...result.notJudged} />
      </p>
      <Totals totals={result.totals} />
      {flips.map(({ from, to, count, calls }) => (
        <Changes key={`${from} ${to}`} count={count} calls={calls}>
          <Badge tone={EFFECT_TONES[from]}>{from}</Badge> <span aria-hidden>→</span>{' '}
          <span className="sr-only">becomes</span> <Badge tone={EFFECT_TONES[to]}>{to}</Badge>
        </Changes>
      ))}
      {rerouted.count > 0 && (
        <Changes {...rerouted}>
          <Badge tone="hold">hold</Badge> by other reviewers
        </Changes>
      )}
      <MaskChanges {...result.masks} />
      <ApprovalLoad load={result.load} holds={result.holds} days={span.days} />
      <RuleTallies rules={result.rules} days={span.days} />
      <Drift drift={result.drift} />
    </div>
  );
}

function NothingJudged({ result }: { result: SimulationResult }) {
  const { retention, unreadable } = result.notJudged;
  return (
    <Notice title="No call could be judged.">
      <p>
        {retention + unreadable === 0
          ? 'Nothing was recorded in this span. Choose a longer one, or other connections.'
          : 'Their requests are gone or can’t be opened, so only digests are left.'}{' '}
        <NotJudged retention={retention} unreadable={unreadable} />
      </p>
    </Notice>
  );
}

function NotJudged({ retention, unreadable }: SimulationResult['notJudged']) {
  return (
    <>
      {retention > 0 &&
        `${plural(retention, 'call was', 'calls were')} left out: their requests were deleted after the retention time. `}
      {unreadable > 0 &&
        `${plural(unreadable, 'call was', 'calls were')} left out: their stored requests can’t be opened.`}
    </>
  );
}

function Totals({ totals }: Pick<SimulationResult, 'totals'>) {
  return (
    <dl className="grid max-w-lg grid-cols-3 gap-2">
      {EFFECTS.map((effect) => {
        const { before, after } = totals[effect];
        return (
          <div key={effect} className="rounded-md border border-line px-3 py-2">
            <dt>
              <Badge tone={EFFECT_TONES[effect]}>{effect}</Badge>
            </dt>
            <dd className="mt-1 tabular-nums">
              <span className="text-lg font-semibold">{after.toLocaleString('en')}</span>
              <span className="block text-sm text-muted">now {before.toLocaleString('en')}</span>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function Changes({
  count,
  calls,
  children,
}: {
  count: number;
  calls: readonly ChangedCall[];
  children: React.ReactNode;
}) {
  return (
    <details className="group overflow-hidden rounded-md border border-line" open={count <= 10}>
      <summary className="flex flex-wrap items-baseline gap-x-3 gap-y-1 px-3 py-2 hover:bg-raised">
        <span>{children}</span>
        <span className="font-semibold">{plural(count, 'call')}</span>
      </summary>
      <ul className="max-h-96 overflow-auto border-t border-line">
        {calls.map((change) => (
          <li
            key={change.call.entryId}
            className="row-lazy border-b border-line px-3 py-2 last:border-b-0"
          >
            <RecordedCallLink call={change.call} />
            <p className="text-sm break-words text-muted">
              now {because(change.before)}; then {because(change.after)}
              {change.call.effect !== change.before.effect &&
                `; when it came it was: ${change.call.effect}`}
            </p>
          </li>
        ))}
      </ul>
      {count > calls.length && (
        <p className="border-t border-line px-3 py-2 text-sm text-muted">
          The newest {calls.length} of {count.toLocaleString('en')} are shown.
        </p>
      )}
    </details>
  );
}

const SOURCES: Readonly<Record<string, string>> = {
  default: 'the default',
  'read-only-mark': 'a read-only mark',
  catalogue: 'the catalogue',
  frozen: 'a freeze',
};

function because({ effect, source, rules }: ChangedCall['before']): string {
  const by = rules.length > 0 && SOURCES[source] === undefined ? rules.join(', ') : SOURCES[source];
  return by === undefined ? effect : `${effect} by ${by}`;
}

function MaskChanges({ more, fewer, other }: SimulationResult['masks']) {
  if (more + fewer + other === 0) return null;
  return (
    <p>
      {more > 0 && `More is masked in the answers to ${plural(more, 'call')}. `}
      {fewer > 0 && (
        <strong className="text-stop">
          Less is masked in the answers to {plural(fewer, 'call')}.{' '}
        </strong>
      )}
      {other > 0 && `Other things are masked in the answers to ${plural(other, 'call')}.`}
    </p>
  );
}

/** Where the record isn't what the policy in force does: an earlier version, or other settings. */
function Drift({ drift }: Pick<SimulationResult, 'drift'>) {
  if (drift.length === 0) return null;
  const parts = drift.map(
    ({ recorded, now, count }) => `${plural(count, 'call')} then ${recorded}, now ${now}`,
  );
  return (
    <p className="text-sm text-muted">
      Already different from when they came, by later versions, settings or tools:{' '}
      {parts.join('; ')}.
    </p>
  );
}
