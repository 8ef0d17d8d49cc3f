import type { SimulationResult } from '@holdpoint/contracts';
import { Fragment } from 'react';

/** What the draft asks of reviewers, a day. */
export function ApprovalLoad({
  load,
  holds,
  days,
}: Pick<SimulationResult, 'load' | 'holds'> & { days: number }) {
  if (holds.before + holds.after === 0) return null;
  const rows = load.toSorted((a, b) => b.after - a.after);
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold">Approvals a day</h3>
      <div className="overflow-x-auto" tabIndex={0} role="group" aria-label="Approvals a day">
        <table className="w-full max-w-2xl text-left">
          <thead className="text-sm text-muted">
            <tr>
              <th className="py-1 pr-4 font-medium">Asked of</th>
              <th className="py-1 pr-4 text-right font-medium">With this text</th>
              <th className="py-1 text-right font-medium">Now</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const { chain, reviewers, before, after } = row;
              return (
                <Fragment key={keyOf(row)}>
                  <tr className="border-t border-line">
                    <td className="py-1.5 pr-4 break-words">
                      {askedText(reviewers)}{' '}
                      <span className="text-sm text-muted">
                        {chain === 'default' ? 'the connection’s own chain' : chain}
                      </span>
                    </td>
                    <Figures before={before} after={after} days={days} />
                  </tr>
                  {reviewers.onCall?.turns.map(({ person, ...counts }) => (
                    <tr key={person?.key ?? ''} className="text-sm text-muted">
                      <td className="pr-4 pb-1.5 pl-4 break-words">
                        {person === null ? (
                          <span className="font-medium text-stop">while nobody was on call</span>
                        ) : (
                          `while ${person.name} was on call`
                        )}
                      </td>
                      <Figures {...counts} days={days} />
                    </tr>
                  ))}
                </Fragment>
              );
            })}
          </tbody>
          <tfoot>
            <tr className="border-t border-strong-line">
              <td className="py-1.5 pr-4">Calls that wait</td>
              <td className="py-1.5 pr-4 text-right tabular-nums">{perDay(holds.after, days)}</td>
              <td className="py-1.5 text-right tabular-nums">{perDay(holds.before, days)}</td>
            </tr>
          </tfoot>
        </table>
      </div>
      <p className="text-sm text-muted">
        A step that needs two people counts twice. The same call asked for again counts again,
        though it may join an approval; so this is the most it can be. Who was on call is told by
        the rotas as they are now.
      </p>
    </section>
  );
}

type Row = SimulationResult['load'][number];

function keyOf({ chain, reviewers: { groups, people, onCall } }: Row): string {
  return JSON.stringify([chain, groups, people.map(({ key }) => key), onCall?.rota]);
}

function askedText({ groups, people, onCall }: Row['reviewers']): string {
  return [
    ...groups,
    ...people.map(({ name }) => name),
    ...(onCall === null ? [] : [`on call for ${onCall.rota}`]),
  ].join(', ');
}

function Figures({ before, after, days }: { before: number; after: number; days: number }) {
  return (
    <>
      <td
        className={`py-1.5 pr-4 text-right tabular-nums ${after > before ? 'font-semibold' : ''}`}
      >
        {perDay(after, days)}
      </td>
      <td className="py-1.5 text-right tabular-nums">{perDay(before, days)}</td>
    </>
  );
}

export function perDay(count: number, days: number): string {
  const a = count / days;
  return a.toLocaleString('en', { maximumFractionDigits: a < 10 ? 1 : 0 });
}
