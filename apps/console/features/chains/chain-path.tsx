import { Icon } from '../../ui/icons.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { circleText, timeInWords, type DrawnStep } from './chain-model.ts';

/** The picture of a chain: a list of its steps, each with what its time brings, down to the end. */
export function ChainPath({
  steps,
  label,
  nameOf,
}: {
  steps: readonly DrawnStep[];
  label: string;
  nameOf: (key: string) => string;
}) {
  return (
    <ol aria-label={label} className="flex flex-col gap-0 text-sm">
      {steps.map((step, index) => (
        <li key={index} className="flex flex-col">
          <div className="flex flex-wrap items-stretch gap-x-2 gap-y-1">
            <Box tone="ask">
              <span className="text-muted">{index + 1}</span>{' '}
              {step.quorum > 1 && <strong>{step.quorum} of </strong>}
              <VisibleText text={circleText(step.reviewers, nameOf)} />
            </Box>
            <Later step={step} nameOf={nameOf} />
          </div>
          <Down />
        </li>
      ))}
      <li>
        <Box tone="go">The call may run</Box>
      </li>
    </ol>
  );
}

/** What happens beside the step while nobody decides. */
function Later({
  step: { deadlineMs, onDeadline },
  nameOf,
}: {
  step: DrawnStep;
  nameOf: (key: string) => string;
}) {
  const first = `after ${timeInWords(deadlineMs)}`;
  if (onDeadline === 'deny') return <Turn when={first} then={<Denied />} />;
  if (onDeadline.kind === 'remind') {
    const { everyMs, atMost } = onDeadline;
    const every = timeInWords(everyMs);
    const often = atMost === 1 ? 'reminded once' : `reminded ${atMost} times, every ${every}`;
    return (
      <>
        <Turn when={first} then={<Box tone="ask">{often}</Box>} />
        <Turn when={`${every} later`} then={<Denied />} />
      </>
    );
  }
  const { rounds } = onDeadline;
  return (
    <>
      {rounds.map(({ to }, index) => (
        <Turn
          key={index}
          when={index === 0 ? first : `${timeInWords(rounds[index - 1]?.forMs ?? null)} later`}
          then={
            <Box tone="ask">
              also <VisibleText text={circleText(to, nameOf)} />
            </Box>
          }
        />
      ))}
      <Turn when={`${timeInWords(rounds.at(-1)?.forMs ?? null)} later`} then={<Denied />} />
    </>
  );
}

function Turn({ when, then }: { when: string; then: React.ReactNode }) {
  return (
    <span className="inline-flex max-w-full flex-wrap items-center gap-x-2 gap-y-1">
      <span className="inline-flex items-center gap-1 text-muted">
        <Icon name="forward" className="size-3.5" />
        {when}
      </span>
      {then}
    </span>
  );
}

function Down() {
  return <span aria-hidden="true" className="ml-4 block h-4 w-0 border-l-2 border-strong-line" />;
}

function Denied() {
  return <Box tone="stop">Denied</Box>;
}

const TONES = {
  ask: 'border-strong-line bg-surface',
  go: 'border-go bg-go-soft text-go',
  stop: 'border-stop bg-stop-soft text-stop',
} as const;

function Box({ tone, children }: { tone: keyof typeof TONES; children: React.ReactNode }) {
  return (
    <span
      className={`inline-block max-w-full rounded-md border px-2 py-1 break-words ${TONES[tone]}`}
    >
      {children}
    </span>
  );
}
