'use client';

import {
  addPart,
  argumentsOf,
  joinParts,
  readCondition,
  removePart,
  replacePart,
  type Clause,
  type PolicyVocabulary,
  type RuleValues,
} from '@holdpoint/policy/edit';
import { useId, useState } from 'react';
import { Button } from '../../../ui/button.tsx';
import { CelField } from './cel-field.tsx';
import { ClauseFields } from './clause-fields.tsx';

const NEW_CLAUSES: readonly {
  readonly name: string;
  readonly clause: (argument: string) => Clause;
}[] = [
  {
    name: 'what an SQL text does',
    clause: (argument) => ({
      kind: 'sql',
      argument,
      dialect: 'postgres',
      fact: 'mutates',
      is: true,
    }),
  },
  {
    name: 'which tables an SQL text touches',
    clause: (argument) => ({
      kind: 'touches',
      argument,
      dialect: 'postgres',
      pattern: 'public.*',
      is: true,
    }),
  },
  {
    name: 'the value of an argument',
    clause: (argument) => ({ kind: 'compare', argument, operator: '>', value: 100 }),
  },
  {
    name: 'the text of an argument',
    clause: (argument) => ({ kind: 'text', argument, test: 'glob', pattern: 'prod-*', is: true }),
  },
  {
    name: 'whether an argument is given',
    clause: (argument) => ({ kind: 'has', argument, is: true }),
  },
  {
    name: 'the time',
    clause: () => ({
      kind: 'within',
      hours: 'mon-fri 08:00-18:00',
      zone: 'Europe/Berlin',
      is: true,
    }),
  },
  {
    name: 'how many calls came before',
    clause: () => ({ kind: 'count', window: '10m', operator: '>', number: 20 }),
  },
  {
    name: 'a group of the caller',
    clause: () => ({ kind: 'group', group: 'data-agents', is: true }),
  },
  { name: 'anything else (CEL)', clause: () => ({ kind: 'cel', source: 'args.name == "value"' }) },
];

interface Props {
  label: string;
  /** The condition as CEL; empty for none. */
  value: string;
  error: string | undefined;
  rule: RuleValues;
  vocabulary: PolicyVocabulary;
  onChange: (source: string) => void;
}

/** A condition in parts that a form knows; a part that it doesn't know stays CEL, as it was written. */
export function ConditionField({ label, value, error, rule, vocabulary, onChange }: Props) {
  const [asText, setAsText] = useState(false);
  const { joint, parts } = readCondition(value);
  const names = argumentsOf(rule, vocabulary);
  const argument = names.find(({ name }) => name === 'sql')?.name ?? names[0]?.name ?? 'sql';
  return (
    <fieldset className="flex min-w-0 flex-col gap-2 rounded-md border border-line bg-surface p-3">
      <legend className="px-1 font-semibold">{label}</legend>
      {asText ? (
        <CelField
          label={`${label}, as CEL`}
          value={value}
          rule={rule}
          vocabulary={vocabulary}
          onCommit={onChange}
        />
      ) : (
        <>
          {parts.length > 1 && (
            <JointChoice joint={joint} onChange={(next) => onChange(joinParts(value, next))} />
          )}
          {parts.map(({ clause }, index) => (
            <div key={index} className="flex items-start gap-2 rounded-md bg-raised p-2">
              <div className="min-w-0 flex-1">
                {clause.kind === 'cel' ? (
                  <CelField
                    label={`${label}, part ${index + 1}, as CEL`}
                    value={clause.source}
                    rule={rule}
                    vocabulary={vocabulary}
                    onCommit={(source) => {
                      const next = source.trim();
                      onChange(
                        next === ''
                          ? removePart(value, index)
                          : replacePart(value, index, { kind: 'cel', source: next }),
                      );
                    }}
                  />
                ) : (
                  <ClauseFields
                    clause={clause}
                    names={names}
                    groups={vocabulary.groups}
                    onChange={(next) => onChange(replacePart(value, index, next))}
                  />
                )}
              </div>
              <Button
                look="quiet"
                size="small"
                aria-label={`Remove part ${index + 1} of “${label}”`}
                onClick={() => onChange(removePart(value, index))}
              >
                Remove
              </Button>
            </div>
          ))}
        </>
      )}
      {error !== undefined && (
        <p className="text-sm font-medium text-stop" data-field-error>
          {error}
        </p>
      )}
      <div className="flex flex-wrap items-center gap-2">
        {!asText && (
          <AddPart
            label={parts.length === 0 ? `${label}: add a condition` : `${label}: add another part`}
            onAdd={(clause) => onChange(addPart(value, clause(argument)))}
          />
        )}
        <Button look="quiet" size="small" aria-pressed={asText} onClick={() => setAsText(!asText)}>
          {asText ? 'In parts' : 'As CEL'}
        </Button>
      </div>
    </fieldset>
  );
}

function AddPart({
  label,
  onAdd,
}: {
  label: string;
  onAdd: (clause: (argument: string) => Clause) => void;
}) {
  const id = useId();
  return (
    <>
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <select
        id={id}
        value=""
        className="min-h-7 max-w-full rounded-md border border-strong-line bg-surface px-2 text-sm text-ink max-md:text-lg"
        onChange={(event) => {
          const chosen = NEW_CLAUSES.find(({ name }) => name === event.target.value);
          if (chosen !== undefined) onAdd(chosen.clause);
        }}
      >
        <option value="">Add a condition about …</option>
        {NEW_CLAUSES.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </>
  );
}

function JointChoice({
  joint,
  onChange,
}: {
  joint: 'and' | 'or';
  onChange: (joint: 'and' | 'or') => void;
}) {
  return (
    <div className="flex flex-wrap gap-4">
      {(['and', 'or'] as const).map((each) => (
        <label key={each} className="flex items-center gap-2">
          <input
            type="radio"
            className="size-4 accent-(--accent)"
            checked={joint === each}
            onChange={() => onChange(each)}
          />
          {each === 'and' ? 'all of these' : 'any of these'}
        </label>
      ))}
    </div>
  );
}
