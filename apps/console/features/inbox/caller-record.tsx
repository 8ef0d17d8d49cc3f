import type { ApprovalDetail, CallerRecord } from '@holdpoint/contracts';
import { Ago } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';

/** What the caller did lately, on every connection: numbers, so that an unusual one stands out. */
export function CallerRecordLine({
  approval,
  record,
}: {
  approval: ApprovalDetail;
  record: CallerRecord;
}) {
  const atLeast = record.atLeast ? 'at least ' : '';
  const facts = [
    ['Sessions', record.sessions],
    ['Calls', record.calls],
    ['Held', record.held],
    ['Approved', record.approved],
    ['Denied', record.denied],
    ['Outcome unknown', record.unknown],
  ] as const;
  return (
    <section aria-labelledby="record" className="flex max-w-4xl flex-col gap-2">
      <h2 id="record" className="font-semibold">
        <VisibleText text={approval.caller.displayName} /> in the last {record.days} days
      </h2>
      <dl className="grid grid-cols-3 gap-x-6 gap-y-2 sm:flex sm:flex-wrap">
        {facts.map(([name, count]) => (
          <div key={name}>
            <dt className="text-sm text-muted">{name}</dt>
            <dd className={count > 0 && name === 'Outcome unknown' ? 'text-stop' : ''}>
              {count > 0 && atLeast}
              {count.toLocaleString('en')}
            </dd>
          </div>
        ))}
        <div>
          <dt className="text-sm text-muted">First seen</dt>
          <dd>{record.firstSeenAt === null ? 'now' : <Ago at={record.firstSeenAt} />}</dd>
        </div>
      </dl>
    </section>
  );
}
