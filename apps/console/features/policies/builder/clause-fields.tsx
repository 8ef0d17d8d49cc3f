'use client';

import {
  COMPARISONS,
  SQL_CLAIMS,
  SQL_DIALECTS,
  TEXT_TESTS,
  type Clause,
  type Comparison,
  type SqlClaim,
  type SqlDialect,
  type TextTest,
} from '@holdpoint/policy/edit';
import { useId } from 'react';
import type { ChipSuggestion } from '../../../ui/chips-field.tsx';
import { visibleString } from '@holdpoint/contracts';
import { CommittedField } from './committed-field.tsx';

const CLAIMS: Readonly<Record<SqlClaim, readonly [is: string, isNot: string]>> = {
  mutates: ['may write', 'only reads'],
  ddl: ['changes the schema', 'doesn’t change the schema'],
  where: ['limits every write by WHERE', 'writes without a WHERE'],
  valid: ['can be read', 'can’t be read'],
};
const DIALECTS: Readonly<Record<SqlDialect, string>> = {
  postgres: 'Postgres',
  mysql: 'MySQL or MariaDB',
  generic: 'any other database',
};
const TESTS: Readonly<Record<TextTest, readonly [is: string, isNot: string]>> = {
  glob: ['matches the pattern', 'doesn’t match the pattern'],
  startsWith: ['starts with', 'doesn’t start with'],
  endsWith: ['ends with', 'doesn’t end with'],
  contains: ['contains', 'doesn’t contain'],
  matches: ['matches the expression', 'doesn’t match the expression'],
};
const SIGNS: Readonly<Record<Comparison, string>> = {
  '==': 'is',
  '!=': 'is not',
  '>': 'is more than',
  '>=': 'is at least',
  '<': 'is less than',
  '<=': 'is at most',
};

interface Props {
  clause: Exclude<Clause, { kind: 'cel' }>;
  names: readonly ChipSuggestion[];
  groups: readonly string[];
  onChange: (clause: Clause) => void;
}

/** One part of a condition, as a sentence with places to fill. */
export function ClauseFields({ clause, names, groups, onChange }: Props) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Parts clause={clause} names={names} groups={groups} onChange={onChange} />
    </div>
  );
}

function Parts({ clause, names, groups, onChange }: Props) {
  const argumentField = (argument: string, set: (argument: string) => void) => (
    <Text
      label="Argument"
      value={argument}
      names={names}
      // Anything else would be no name of an argument, but an expression of its own.
      onCommit={(next) => /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(next) && set(next)}
    />
  );
  switch (clause.kind) {
    case 'sql':
      return (
        <>
          <span>The SQL in</span>
          {argumentField(clause.argument, (argument) => onChange({ ...clause, argument }))}
          <span>for</span>
          <Dialect
            dialect={clause.dialect}
            onChange={(dialect) => onChange({ ...clause, dialect })}
          />
          <Choice
            label="What it does"
            options={SQL_CLAIMS.flatMap((fact) => CLAIMS[fact])}
            value={CLAIMS[clause.fact][clause.is ? 0 : 1]}
            onChange={(text) => {
              const fact = SQL_CLAIMS.find((each) => CLAIMS[each].includes(text)) ?? clause.fact;
              onChange({ ...clause, fact, is: CLAIMS[fact][0] === text });
            }}
          />
        </>
      );
    case 'touches':
      return (
        <>
          <span>The SQL in</span>
          {argumentField(clause.argument, (argument) => onChange({ ...clause, argument }))}
          <span>for</span>
          <Dialect
            dialect={clause.dialect}
            onChange={(dialect) => onChange({ ...clause, dialect })}
          />
          <IsOrNot
            texts={['touches tables', 'touches no tables']}
            is={clause.is}
            onChange={(is) => onChange({ ...clause, is })}
          />
          <Text
            label="Tables"
            value={clause.pattern}
            onCommit={(pattern) => onChange({ ...clause, pattern })}
          />
        </>
      );
    case 'compare':
      return (
        <>
          <span>The argument</span>
          {argumentField(clause.argument, (argument) => onChange({ ...clause, argument }))}
          <ComparisonChoice
            value={clause.operator}
            onChange={(operator) => onChange({ ...clause, operator })}
          />
          <Text
            label="Value"
            value={String(clause.value)}
            onCommit={(value) => onChange({ ...clause, value: valueOf(value) })}
          />
        </>
      );
    case 'text':
      return (
        <>
          <span>The argument</span>
          {argumentField(clause.argument, (argument) => onChange({ ...clause, argument }))}
          <Choice
            label="How it is tested"
            options={TEXT_TESTS.flatMap((test) => TESTS[test])}
            value={TESTS[clause.test][clause.is ? 0 : 1]}
            onChange={(text) => {
              const test = TEXT_TESTS.find((each) => TESTS[each].includes(text)) ?? clause.test;
              onChange({ ...clause, test, is: TESTS[test][0] === text });
            }}
          />
          <Text
            label="Text"
            value={clause.pattern}
            onCommit={(pattern) => onChange({ ...clause, pattern })}
          />
        </>
      );
    case 'has':
      return (
        <>
          <span>The argument</span>
          {argumentField(clause.argument, (argument) => onChange({ ...clause, argument }))}
          <IsOrNot
            texts={['is given', 'is left out']}
            is={clause.is}
            onChange={(is) => onChange({ ...clause, is })}
          />
        </>
      );
    case 'within':
      return (
        <>
          <span>The time is</span>
          <IsOrNot
            texts={['within', 'outside']}
            is={clause.is}
            onChange={(is) => onChange({ ...clause, is })}
          />
          <Text
            label="Hours"
            value={clause.hours}
            onCommit={(hours) => onChange({ ...clause, hours })}
          />
          <span>in</span>
          <Text
            label="Time zone"
            value={clause.zone}
            onCommit={(zone) => onChange({ ...clause, zone })}
          />
        </>
      );
    case 'count':
      return (
        <>
          <span>The number of calls within</span>
          <Text
            label="Within"
            value={clause.window}
            onCommit={(window) => onChange({ ...clause, window })}
          />
          <ComparisonChoice
            value={clause.operator}
            onChange={(operator) => onChange({ ...clause, operator })}
          />
          <Text
            label="Number"
            value={String(clause.number)}
            onCommit={(text) =>
              /^\d{1,9}$/.test(text) && onChange({ ...clause, number: Number(text) })
            }
          />
        </>
      );
    case 'group':
      return (
        <>
          <span>The caller is</span>
          <IsOrNot
            texts={['in the group', 'not in the group']}
            is={clause.is}
            onChange={(is) => onChange({ ...clause, is })}
          />
          <Text
            label="Group"
            value={clause.group}
            names={groups.map((name) => ({ name, detail: '' }))}
            onCommit={(group) => onChange({ ...clause, group })}
          />
        </>
      );
    default:
      return clause satisfies never;
  }
}

/** A number or a truth value where it is written like one; in quotes it is a text. */
function valueOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
  return text.replace(/^"(.*)"$/, '$1');
}

function IsOrNot({
  texts: [yes, no],
  is,
  onChange,
}: {
  texts: readonly [string, string];
  is: boolean;
  onChange: (is: boolean) => void;
}) {
  return (
    <Choice
      label="Is or is not"
      options={[yes, no]}
      value={is ? yes : no}
      onChange={(text) => onChange(text === yes)}
    />
  );
}

function Dialect({
  dialect,
  onChange,
}: {
  dialect: SqlDialect;
  onChange: (dialect: SqlDialect) => void;
}) {
  return (
    <Choice
      label="Database"
      options={SQL_DIALECTS.map((each) => DIALECTS[each])}
      value={DIALECTS[dialect]}
      onChange={(text) => onChange(SQL_DIALECTS.find((each) => DIALECTS[each] === text) ?? dialect)}
    />
  );
}

function ComparisonChoice({
  value,
  onChange,
}: {
  value: Comparison;
  onChange: (value: Comparison) => void;
}) {
  return (
    <Choice
      label="How it compares"
      options={COMPARISONS.map((sign) => SIGNS[sign])}
      value={SIGNS[value]}
      onChange={(text) => onChange(COMPARISONS.find((sign) => SIGNS[sign] === text) ?? value)}
    />
  );
}

function Choice({
  label,
  options,
  value,
  onChange,
}: {
  label: string;
  options: readonly string[];
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <select
      aria-label={label}
      value={value}
      className="min-h-9 max-md:min-h-11 max-w-full rounded-md border border-strong-line bg-surface px-2 text-ink max-md:text-lg"
      onChange={(event) => onChange(event.target.value)}
    >
      {options.map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  );
}

function Text({
  label,
  value,
  names = [],
  onCommit,
}: {
  label: string;
  value: string;
  names?: readonly ChipSuggestion[];
  onCommit: (value: string) => void;
}) {
  const id = useId();
  return (
    <div className="w-44 max-w-full">
      <CommittedField
        hideLabel
        label={label}
        value={value}
        spellCheck={false}
        {...(names.length > 0 && { list: id })}
        onCommit={onCommit}
      />
      {names.length > 0 && (
        <datalist id={id}>
          {names.slice(0, 300).map(({ name, detail }) => (
            <option key={name} value={name} label={visibleString(detail)} />
          ))}
        </datalist>
      )}
    </div>
  );
}
