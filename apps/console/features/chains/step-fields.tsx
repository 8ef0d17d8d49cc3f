'use client';

import type { OnDeadlineValues, ReviewersValues, StepValues } from '@holdpoint/policy/edit';
import { Button } from '../../ui/button.tsx';
import { ChipsField } from '../../ui/chips-field.tsx';
import { SelectField } from '../../ui/field.tsx';
import { CommittedField } from '../policies/builder/committed-field.tsx';
import { PeopleField } from './people-field.tsx';

type Errors = Readonly<Record<string, string | undefined>>;

interface Props {
  step: StepValues;
  /** Before each label, where several steps are open at once. */
  prefix?: string;
  groups: readonly string[];
  rotas: readonly string[];
  /** What people are called who are named by key. */
  nameOf: (key: string) => string;
  /** By field: `groups`, `people`, `onCall`, `quorum`, `deadline`, `onDeadline`. */
  errors?: Errors;
  onChange: (step: StepValues) => void;
}

const NO_ERRORS: Errors = {};

/** Of people or reminders; which of them are too many is the schema's to say. */
const COUNT = /^\d{0,3}$/;

/** One step of a chain: who decides, how many of them, until when, and what happens then. */
export function StepFields({
  step,
  groups,
  rotas,
  nameOf,
  errors = NO_ERRORS,
  onChange,
  ...props
}: Props) {
  const { quorum: _, ...rest } = step;
  const prefix = props.prefix ?? '';
  return (
    <div className="grid gap-3 md:grid-cols-2">
      <ReviewerFields
        who={step}
        prefix={prefix}
        groups={groups}
        rotas={rotas}
        nameOf={nameOf}
        errors={errors}
        onChange={(who) => onChange({ ...withoutWho(step), ...who })}
      />
      <CommittedField
        label={`${prefix}How many must approve`}
        hint="Empty is 1."
        error={errors['quorum']}
        inputMode="numeric"
        value={step.quorum === undefined ? '' : String(step.quorum)}
        accepts={COUNT}
        onCommit={(text) => onChange(text === '' ? rest : { ...step, quorum: Number(text) })}
      />
      <CommittedField
        label={`${prefix}Deadline`}
        hint="Such as 30 minutes, 2h, 1 day. Empty: the connection’s approval window."
        error={errors['deadline']}
        value={step.deadline ?? ''}
        onCommit={(deadline) => onChange({ ...step, deadline })}
      />
      <OnDeadlineFields
        then={step.onDeadline ?? { kind: 'deny' }}
        prefix={prefix}
        groups={groups}
        rotas={rotas}
        nameOf={nameOf}
        error={errors['onDeadline']}
        onChange={(onDeadline) => onChange({ ...step, onDeadline })}
      />
    </div>
  );
}

function withoutWho({ groups: _, people: __, onCall: ___, ...rest }: StepValues) {
  return rest;
}

function ReviewerFields({
  who,
  prefix,
  groups,
  rotas,
  nameOf,
  errors,
  onChange,
}: {
  who: ReviewersValues;
  prefix: string;
  groups: readonly string[];
  rotas: readonly string[];
  nameOf: (key: string) => string;
  errors: Errors;
  onChange: (who: ReviewersValues) => void;
}) {
  const { onCall } = who;
  const circle = { groups: who.groups, people: who.people };
  const same = onCall === undefined ? {} : { onCall };
  // One that was removed stays to be seen, and to be replaced.
  const known = onCall === undefined || rotas.includes(onCall) ? rotas : [onCall, ...rotas];
  return (
    <>
      <ChipsField
        label={`${prefix}${prefix === '' ? 'Groups' : 'groups'}`}
        values={who.groups}
        error={errors['groups']}
        suggestions={groups.map((name) => ({ name, detail: '' }))}
        onValues={(next) => onChange({ ...circle, ...same, groups: next })}
      />
      <PeopleField
        label={`${prefix}${prefix === '' ? 'People' : 'people'}`}
        values={who.people}
        error={errors['people']}
        nameOf={nameOf}
        onValues={(next) => onChange({ ...circle, ...same, people: next })}
      />
      <SelectField
        label={`${prefix}${prefix === '' ? 'On call' : 'on call'}`}
        hint="Whoever’s turn it is when the verdict is given. Rotas are under Account."
        error={errors['onCall']}
        value={onCall ?? ''}
        options={[
          { value: '', text: 'No rota' },
          ...known.map((name) => ({ value: name, text: name })),
        ]}
        onValue={(next) => onChange(next === '' ? circle : { ...circle, onCall: next })}
      />
    </>
  );
}

const KINDS = [
  { value: 'deny', text: 'Deny' },
  { value: 'remind', text: 'Remind, then deny' },
  { value: 'escalate', text: 'Ask others, too, then deny' },
] as const;

const FIRST: Readonly<Record<OnDeadlineValues['kind'], OnDeadlineValues>> = {
  deny: { kind: 'deny' },
  remind: { kind: 'remind', every: '15 minutes' },
  escalate: {
    kind: 'escalate',
    rounds: [{ to: { groups: ['reviewers'], people: [] }, for: '30 minutes' }],
  },
};

function OnDeadlineFields({
  then,
  prefix,
  groups,
  rotas,
  nameOf,
  error,
  onChange,
}: {
  then: OnDeadlineValues;
  prefix: string;
  groups: readonly string[];
  rotas: readonly string[];
  nameOf: (key: string) => string;
  error: string | undefined;
  onChange: (then: OnDeadlineValues) => void;
}) {
  return (
    <div className="flex flex-col gap-3 md:col-span-2">
      <SelectField
        label={`${prefix}At the deadline`}
        error={error}
        value={then.kind}
        options={KINDS}
        onValue={(kind) => onChange(kind === then.kind ? then : FIRST[kind])}
      />
      {then.kind === 'remind' && (
        <div className="grid gap-3 md:grid-cols-2">
          <CommittedField
            label={`${prefix}Every`}
            hint="Also between the last reminder and the denial."
            value={then.every}
            onCommit={(every) => onChange({ ...then, every })}
          />
          <CommittedField
            label={`${prefix}At most`}
            hint="Reminders. Empty is 3."
            inputMode="numeric"
            value={then.atMost === undefined ? '' : String(then.atMost)}
            accepts={COUNT}
            onCommit={(text) =>
              onChange({
                kind: 'remind',
                every: then.every,
                ...(text !== '' && { atMost: Number(text) }),
              })
            }
          />
        </div>
      )}
      {then.kind === 'escalate' && (
        <Rounds
          then={then}
          prefix={prefix}
          groups={groups}
          rotas={rotas}
          nameOf={nameOf}
          onChange={onChange}
        />
      )}
    </div>
  );
}

const MOST_ROUNDS = 5;

function Rounds({
  then,
  prefix,
  groups,
  rotas,
  nameOf,
  onChange,
}: {
  then: Extract<OnDeadlineValues, { kind: 'escalate' }>;
  prefix: string;
  groups: readonly string[];
  rotas: readonly string[];
  nameOf: (key: string) => string;
  onChange: (then: OnDeadlineValues) => void;
}) {
  const set = (rounds: typeof then.rounds) => onChange({ kind: 'escalate', rounds });
  return (
    <ol className="flex flex-col gap-3">
      {then.rounds.map((round, index) => (
        <li
          key={index}
          className="grid gap-3 border-l-3 border-accent pl-3 md:grid-cols-2"
          aria-label={`Round ${index + 1}`}
        >
          <ReviewerFields
            who={round.to}
            prefix={`${prefix}Round ${index + 1}: `}
            groups={groups}
            rotas={rotas}
            nameOf={nameOf}
            errors={NO_ERRORS}
            onChange={(to) => set(then.rounds.with(index, { ...round, to }))}
          />
          <CommittedField
            label={`${prefix}Round ${index + 1}: has`}
            hint="Until the next round, or the denial."
            value={round.for}
            onCommit={(time) => set(then.rounds.with(index, { ...round, for: time }))}
          />
          {then.rounds.length > 1 && (
            <Button
              look="quiet"
              size="small"
              className="self-start"
              onClick={() => set(then.rounds.toSpliced(index, 1))}
            >
              Remove round {index + 1}
            </Button>
          )}
        </li>
      ))}
      {then.rounds.length < MOST_ROUNDS && (
        <li>
          <Button
            size="small"
            onClick={() =>
              set([
                ...then.rounds,
                { to: { groups: ['reviewers'], people: [] }, for: '30 minutes' },
              ])
            }
          >
            Add a round
          </Button>
        </li>
      )}
    </ol>
  );
}
