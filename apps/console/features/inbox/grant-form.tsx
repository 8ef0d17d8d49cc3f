'use client';

import { freedomText } from '@holdpoint/approval';
import {
  GRANT_MAX_MINUTES,
  GRANT_MAX_USES,
  type ApprovalDetail,
  type GrantVerdict,
} from '@holdpoint/contracts';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { CheckField, TextField } from '../../ui/field.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { GrantSentence } from './grant-terms.tsx';

type Argument = ApprovalDetail['grants']['arguments'][number];
type Free = Extract<GrantVerdict, { kind: 'propose' }>['free'];
type Freedom = Free[string];

interface Props {
  approval: ApprovalDetail;
  sending: boolean;
  failure: React.ReactNode;
  onGrant: (grant: GrantVerdict) => void;
  onClose: () => void;
}

/** Approve, and allow calls like this for a while: which arguments may differ, how often, how long. */
export function GrantForm({ approval, sending, failure, onGrant, onClose }: Props) {
  const [uses, setUses] = useState('5');
  const [minutes, setMinutes] = useState('30');
  const [free, setFree] = useState<Free>({});
  const { arguments: all } = approval.grants;
  const fixed = all.filter(({ name }) => free[name] === undefined);
  const counts = { uses: Number(uses), minutes: Number(minutes) };
  const usesFault = faultOf(counts.uses, GRANT_MAX_USES);
  const minutesFault = faultOf(counts.minutes, GRANT_MAX_MINUTES);
  const rangeFault = Object.values(free).some(
    (one) => one.kind === 'number' && !(one.min <= one.max),
  );
  const isReady = usesFault === undefined && minutesFault === undefined && !rangeFault;
  return (
    <Dialog title="Approve and allow again" onClose={onClose} wide>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady && !sending) onGrant({ kind: 'propose', free, ...counts });
        }}
      >
        <p>
          This approves the call and proposes a grant. It arises when everyone who still has to
          approve agrees to it as well, and ends with its time, its uses, a changed rule or a
          changed tool. A rule that denies always wins.
        </p>
        <fieldset className="flex flex-col gap-3">
          <legend className="mb-1 font-medium">Which arguments may differ?</legend>
          {all.length === 0 && <p className="text-muted">It has no arguments.</p>}
          {all.map((argument) => (
            <ArgumentChoice
              key={argument.name}
              argument={argument}
              freedom={free[argument.name]}
              onFreedom={(freedom) =>
                setFree(({ [argument.name]: _before, ...rest }) =>
                  freedom === undefined ? rest : { ...rest, [argument.name]: freedom },
                )
              }
            />
          ))}
        </fieldset>
        <div className="grid grid-cols-2 gap-3 sm:max-w-md">
          <TextField
            label="Uses"
            inputMode="numeric"
            value={uses}
            onValue={setUses}
            error={usesFault}
            data-testid="grant-uses"
            data-focus-first
          />
          <TextField
            label="Minutes"
            inputMode="numeric"
            value={minutes}
            onValue={setMinutes}
            error={minutesFault}
            data-testid="grant-minutes"
          />
        </div>
        {isReady && (
          <p className="rounded-md bg-raised px-3 py-2" data-testid="grant-sentence">
            <GrantSentence
              who={approval.caller.displayName}
              tool={approval.target ?? approval.method}
              terms={{
                fixed: fixed.map(({ name, text }) => ({ name, text })),
                free: Object.entries(free).map(([name, freedom]) => freedomText(name, freedom)),
                ...counts,
              }}
            />
          </p>
        )}
        {failure}
        <div className="flex flex-wrap gap-3">
          <Button type="submit" look="go" disabled={sending || !isReady} data-testid="grant-give">
            {sending ? 'Sending…' : 'Approve and allow again'}
          </Button>
          <Button onClick={onClose} disabled={sending}>
            Cancel
          </Button>
          <span className="self-center text-sm text-muted">A verdict is final.</span>
        </div>
      </form>
    </Dialog>
  );
}

function ArgumentChoice({
  argument,
  freedom,
  onFreedom,
}: {
  argument: Argument;
  freedom: Freedom | undefined;
  onFreedom: (freedom: Freedom | undefined) => void;
}) {
  const { name, text } = argument;
  const label = (
    <span className="break-words">
      <code className="font-mono">
        <VisibleText text={name} />
      </code>{' '}
      <span className="text-muted">
        is now{' '}
        <code className="font-mono">
          <VisibleText text={text.length > 200 ? `${text.slice(0, 200)}…` : text} />
        </code>
      </span>
    </span>
  );
  if (argument.freedom === null)
    return (
      <p className="pl-6">
        {label} <span className="text-sm text-muted">(always stays so)</span>
      </p>
    );
  return (
    <div className="flex flex-col gap-2">
      <CheckField
        label={label}
        checked={freedom !== undefined}
        focusFirst
        onValue={(checked) => onFreedom(checked ? firstFreedom(argument) : undefined)}
      />
      {freedom?.kind === 'number' && (
        <div className="grid grid-cols-2 gap-3 pl-6 sm:max-w-md">
          <TextField
            label={`${name}, from`}
            type="number"
            value={String(freedom.min)}
            onValue={(value) => onFreedom({ ...freedom, min: Number(value) })}
          />
          <TextField
            label={`${name}, to`}
            type="number"
            value={String(freedom.max)}
            onValue={(value) => onFreedom({ ...freedom, max: Number(value) })}
          />
        </div>
      )}
      {freedom?.kind === 'one-of' && (
        <OtherChoices
          argument={argument}
          chosen={freedom.values}
          onChosen={(values) => onFreedom({ ...freedom, values })}
        />
      )}
      {freedom?.kind === 'word' && (
        <div className="pl-6 sm:max-w-md">
          <TextField
            label={`${name} begins with`}
            hint="Empty: any of letters, digits, _ and -, with a digit in it"
            value={freedom.prefix}
            onValue={(prefix) => onFreedom({ ...freedom, prefix })}
          />
        </div>
      )}
    </div>
  );
}

/** What a call has now is always among the choices of its grant; the others are ticked one by one. */
function OtherChoices({
  argument: { name, text, choices },
  chosen,
  onChosen,
}: {
  argument: Argument;
  chosen: readonly string[];
  onChosen: (chosen: string[]) => void;
}) {
  const now = valueOf(text);
  return (
    <fieldset className="flex flex-wrap gap-x-4 pl-6 md:gap-y-2">
      <legend className="text-sm text-muted">
        <VisibleText text={name} /> may also be
      </legend>
      {choices
        .filter((choice) => choice !== now)
        .map((choice) => (
          <CheckField
            key={choice}
            label={<VisibleText text={choice} />}
            checked={chosen.includes(choice)}
            onValue={(checked) =>
              onChosen(choices.filter((one) => (one === choice ? checked : chosen.includes(one))))
            }
          />
        ))}
    </fieldset>
  );
}

function valueOf(text: string): unknown {
  return JSON.parse(text);
}

/** What a checked box begins with: a number and a choice only as they are now, for their reviewer to widen. */
function firstFreedom({ freedom, text, whole, choices }: Argument): Freedom {
  switch (freedom) {
    case 'number':
      return { kind: 'number', min: Number(text), max: Number(text), whole };
    case 'one-of':
      return { kind: 'one-of', values: choices.filter((choice) => choice === valueOf(text)) };
    case 'word':
      return { kind: 'word', prefix: '' };
    case 'boolean':
    case null:
      return { kind: 'boolean' };
    default:
      return freedom satisfies never;
  }
}

function faultOf(count: number, most: number): string | undefined {
  return Number.isInteger(count) && count >= 1 && count <= most
    ? undefined
    : `A whole number from 1 to ${most}`;
}
