import type { Numbers } from '@holdpoint/contracts';
import { Panel } from '../../ui/page.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { durationText } from './duration.ts';
import { FigureTable, Share } from './figure-table.tsx';

interface Props {
  reading: Numbers['reading'];
  people: Numbers['people'];
}

/** How long approvals were looked at. About what people are asked, not about who is quick. */
export function Reading({ reading, people }: Props) {
  return (
    <Panel title="How long approvals were looked at" flush>
      <div className="flex flex-col gap-2 p-4">
        <p data-testid="under-three-seconds">
          Approved in under 3 seconds after the call was first shown:{' '}
          <strong className="font-semibold">
            <Share part={reading.underThreeSeconds} of={reading.timed} />
          </strong>
          {reading.medianMs !== null && <>; the middle one took {durationText(reading.medianMs)}</>}
          {reading.timed < reading.approvals && (
            <>
              . Of {(reading.approvals - reading.timed).toLocaleString('en')} more it isn’t known
              when the call was first shown
            </>
          )}
          .
        </p>
        <p className="max-w-prose text-sm text-muted">
          A quick approval can be a right one: a call that is well known, or was talked over before.
          Where many are quick, look at the rule first. It may hold what nobody needs to look at.
        </p>
      </div>
      {people.length > 0 && (
        <FigureTable
          caption="Verdicts by person, in the order of their names"
          columns={[
            { name: 'Person' },
            { name: 'Approved', isNumber: true },
            { name: 'Denied', isNumber: true },
            { name: 'In under 3 s', isNumber: true },
            { name: 'Median look', isNumber: true },
          ]}
          rows={people.map((one) => ({
            key: one.person.key,
            cells: [
              <VisibleText key="name" text={one.person.name} />,
              one.approvals,
              one.denials,
              <Share key="quick" part={one.underThreeSeconds} of={one.timed} />,
              durationText(one.medianMs),
            ],
          }))}
        />
      )}
    </Panel>
  );
}
