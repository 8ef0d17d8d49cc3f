import type { Numbers } from '@holdpoint/contracts';
import { plural } from '../../lib/format.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Panel } from '../../ui/page.tsx';
import { FigureTable } from './figure-table.tsx';

type Day = Numbers['byDay'][number];

const HEIGHT = 120;
const STEP = 12;
const BAR = 9;

/** Verdicts a day, as bars; the table says the same to who can't see them. */
export function VerdictDays({ byDay }: { byDay: readonly Day[] }) {
  const most = Math.max(1, ...byDay.map(({ approvals, denials }) => approvals + denials));
  const approvals = byDay.reduce((sum, day) => sum + day.approvals, 0);
  const denials = byDay.reduce((sum, day) => sum + day.denials, 0);
  const first = byDay[0]?.day ?? '';
  const last = byDay.at(-1)?.day ?? '';
  if (approvals + denials === 0) {
    return (
      <Panel title="Verdicts a day">
        <p className="text-muted">Nobody gave a verdict in this time.</p>
      </Panel>
    );
  }
  return (
    <Panel title="Verdicts a day">
      <div className="flex flex-col gap-3">
        <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
          <Key className="fill-go-solid">{plural(approvals, 'approval')}</Key>
          <Key className="fill-stop-solid">{plural(denials, 'denial')}</Key>
          <span className="text-muted">at most {most} a day</span>
        </p>
        <svg
          role="img"
          aria-label={`Verdicts a day from ${first} to ${last}: ${plural(approvals, 'approval')} and ${plural(denials, 'denial')}, at most ${most} a day. The table below has each day.`}
          viewBox={`0 0 ${byDay.length * STEP} ${HEIGHT}`}
          preserveAspectRatio="none"
          className="h-32 w-full border-b border-strong-line"
        >
          {byDay.map((day, index) => (
            <Bars key={day.day} day={day} x={index * STEP + (STEP - BAR) / 2} most={most} />
          ))}
        </svg>
        <div className="flex justify-between text-sm text-muted">
          <span>{first}</span>
          <span>{last}</span>
        </div>
        <Disclosure title="As a table">
          <FigureTable
            caption="Verdicts a day"
            columns={[
              { name: 'Day (UTC)' },
              { name: 'Approvals', isNumber: true },
              { name: 'Denials', isNumber: true },
            ]}
            rows={byDay
              .toReversed()
              .map((day) => ({ key: day.day, cells: [day.day, day.approvals, day.denials] }))}
          />
        </Disclosure>
      </div>
    </Panel>
  );
}

function Bars({ day, x, most }: { day: Day; x: number; most: number }) {
  const up = (count: number) => (count / most) * HEIGHT;
  return (
    <>
      <rect
        x={x}
        y={HEIGHT - up(day.approvals)}
        width={BAR}
        height={up(day.approvals)}
        className="fill-go-solid"
      />
      <rect
        x={x}
        y={HEIGHT - up(day.approvals + day.denials)}
        width={BAR}
        height={up(day.denials)}
        className="fill-stop-solid"
      />
    </>
  );
}

function Key({ className, children }: { className: string; children: React.ReactNode }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <svg viewBox="0 0 10 10" className="size-3" aria-hidden="true">
        <rect width="10" height="10" rx="2" className={className} />
      </svg>
      {children}
    </span>
  );
}
