import type { ApprovalDetail } from '@holdpoint/contracts';
import { Countdown, Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { circleText, nameIn } from '../chains/chain-model.ts';

/** The time of one step: what happened, who is asked now by name, how long, and what comes then. */
export function StepTime({ approval, step }: { approval: ApprovalDetail; step: number }) {
  const { current, happened, names } = approval.chainTime;
  const events = happened.filter((event) => event.step === step);
  return (
    <>
      {events.map((event, index) => (
        <p key={index} className="text-sm">
          {event.kind === 'reminded' ? (
            'Reminded'
          ) : (
            <>
              Nobody decided in time, so <VisibleText text={circleText(event.to, nameIn(names))} />{' '}
              is asked, too
            </>
          )}
          , <Utc at={event.at} />
        </p>
      ))}
      {current?.step === step && <Current approval={approval} current={current} />}
    </>
  );
}

function Current({
  approval: {
    chainTime: { onCall, names, rotas, happened },
    expiresAt,
  },
  current,
}: {
  approval: ApprovalDetail;
  current: NonNullable<ApprovalDetail['chainTime']['current']>;
}) {
  const { next, people, groups } = current;
  const who = [...groups.map((group) => `group ${group}`), ...people.map(({ name }) => name)];
  // Those of other steps are asked by nobody yet.
  const asked = [
    rotas[current.step],
    ...happened.flatMap(({ step, to }) => (step === current.step ? to.onCall : [])),
  ];
  const windowFirst = Date.parse(expiresAt) <= Date.parse(next.at);
  return (
    <div className="text-sm" data-testid="step-time">
      <p>
        Asked now: <VisibleText text={who.length === 0 ? 'nobody' : who.join(', ')} />
        {onCall
          .filter(({ rota }) => asked.includes(rota))
          .map(({ rota, person }) => (
            <span key={rota} className="text-muted">
              {' '}
              (on call for {rota}: <VisibleText text={person?.name ?? 'nobody'} />)
            </span>
          ))}
      </p>
      <p>
        <Countdown at={windowFirst ? expiresAt : next.at} />,{' '}
        {windowFirst ? 'then it expires' : then(next, nameIn(names))}
      </p>
    </div>
  );
}

function then(
  next: NonNullable<ApprovalDetail['chainTime']['current']>['next'],
  nameOf: (key: string) => string,
): React.ReactNode {
  switch (next.kind) {
    case 'deny':
      return 'then it is denied';
    case 'remind':
      return 'then they are reminded';
    case 'escalate':
      return (
        <>
          then{' '}
          <VisibleText text={next.to === null ? 'somebody else' : circleText(next.to, nameOf)} /> is
          asked, too
        </>
      );
    default:
      return next.kind satisfies never;
  }
}
