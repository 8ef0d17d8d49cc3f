import type { Numbers } from '@holdpoint/contracts';
import { plural } from '../../lib/format.ts';
import { Panel } from '../../ui/page.tsx';
import { Share } from './figure-table.tsx';

const WORDS: readonly (readonly [keyof Numbers['outcomes'], string])[] = [
  ['approved', 'approved by all who had to'],
  ['brokenGlass', 'approved by break-glass, past the chain'],
  ['deniedByPerson', 'denied by a person'],
  ['deniedOtherwise', 'denied by a policy or a freeze'],
  ['nobodyDecided', 'ran out of time, and nobody had decided'],
  ['partlyDecided', 'ran out of time before all had decided'],
  ['takenBack', 'taken back, or void by a change'],
  ['waiting', 'still wait'],
];

/** What became of what was held. What nobody decided stands out: somebody waited for nothing. */
export function Outcomes({
  numbers: { held, days, outcomes, edited, granted },
}: {
  numbers: Numbers;
}) {
  return (
    <Panel title={`What became of ${plural(held, 'held call')} in ${days} days`}>
      <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-2 lg:grid-cols-3">
        {WORDS.filter(([kind]) => outcomes[kind] > 0 || kind === 'nobodyDecided').map(
          ([kind, meaning]) => (
            <div
              key={kind}
              className="flex flex-col-reverse justify-end"
              data-testid={`outcome-${kind}`}
            >
              <dt className="text-muted">{meaning}</dt>
              <dd
                className={`text-lg font-semibold ${kind === 'nobodyDecided' && outcomes[kind] > 0 ? 'text-hold' : ''}`}
              >
                <Share part={outcomes[kind]} of={held} />
              </dd>
            </div>
          ),
        )}
      </dl>
      <p className="mt-3 text-muted" data-testid="edited-and-granted">
        {plural(edited, 'approved call')} ran, or may run, with arguments that a reviewer changed.{' '}
        {plural(granted, 'more call')} passed on a grant, and nobody looked at{' '}
        {granted === 1 ? 'it' : 'them'}.
      </p>
    </Panel>
  );
}
