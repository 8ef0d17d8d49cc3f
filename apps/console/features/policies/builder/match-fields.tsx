'use client';

import {
  valuesFor,
  type PolicyVocabulary,
  type RuleChange,
  type RuleField,
  type RuleValues,
} from '@holdpoint/policy/edit';
import { ChipsField } from '../../../ui/chips-field.tsx';

type ListField =
  | 'connections'
  | 'tools'
  | 'methods'
  | 'resources'
  | 'prompts'
  | 'groups'
  | 'subjects'
  | 'kinds'
  | 'clients';

interface ListSpec {
  readonly name: ListField;
  readonly label: string;
  readonly any: string;
  readonly hint?: string;
}

const WHAT: readonly ListSpec[] = [
  { name: 'connections', label: 'Connections', any: 'any connection' },
  { name: 'tools', label: 'Tools', any: 'any tool' },
  { name: 'methods', label: 'Methods', any: 'any method' },
  { name: 'resources', label: 'Resources', any: 'any', hint: 'Addresses; * stops at a slash.' },
  { name: 'prompts', label: 'Prompts', any: 'any' },
];
const WHO: readonly ListSpec[] = [
  { name: 'groups', label: 'Groups', any: 'any group' },
  { name: 'kinds', label: 'Kinds', any: 'people and services', hint: 'person or service.' },
  { name: 'subjects', label: 'Subjects', any: 'anybody' },
  { name: 'clients', label: 'OAuth clients', any: 'any client' },
];
/** Open where a rule names one of them. */
const RARE: readonly ListField[] = ['methods', 'resources', 'prompts', 'subjects', 'clients'];

interface Props {
  values: RuleValues;
  vocabulary: PolicyVocabulary;
  error: (field: RuleField) => string | undefined;
  field: (name: RuleField, label: string, control: React.ReactNode) => React.ReactNode;
  onChange: (change: RuleChange) => void;
}

/** What a rule is about, and whose calls. Nothing named means any. */
export function MatchFields(props: Props) {
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <Group
        title="What it is about"
        hint="* is any run of characters, ? one."
        specs={WHAT}
        {...props}
      />
      <Group title="Who calls" hint="All that is named must fit." specs={WHO} {...props} />
    </div>
  );
}

function Group({
  title,
  hint,
  specs,
  values,
  vocabulary,
  error,
  field,
  onChange,
}: Props & { title: string; hint: string; specs: readonly ListSpec[] }) {
  const draw = ({ name, label, any, hint: about }: ListSpec) => (
    <div key={name}>
      {field(
        name,
        label,
        <ChipsField
          label={label}
          hint={about}
          error={error(name)}
          placeholder={any}
          values={values[name] ?? []}
          suggestions={valuesFor([name], values, vocabulary)}
          onValues={(next) => onChange({ [name]: next })}
        />,
      )}
    </div>
  );
  const isRare = ({ name }: ListSpec) =>
    RARE.includes(name) && values[name] === undefined && error(name) === undefined;
  return (
    <fieldset className="flex min-w-0 flex-col gap-3 rounded-md border border-line bg-surface p-3">
      <legend className="px-1 font-semibold">{title}</legend>
      <p className="text-sm text-muted">{hint}</p>
      {specs.filter((spec) => !isRare(spec)).map(draw)}
      {specs.some(isRare) && (
        <details>
          <summary className="w-fit text-sm text-accent">
            {specs
              .filter(isRare)
              .map(({ label }) => label)
              .join(', ')}
            …
          </summary>
          <div className="mt-3 flex flex-col gap-3">{specs.filter(isRare).map(draw)}</div>
        </details>
      )}
    </fieldset>
  );
}
