'use client';

import type {
  AsWritten,
  ChainView,
  PolicyVocabulary,
  RuleChange,
  RuleField,
  RuleView,
} from '@holdpoint/policy/edit';
import { Notice } from '../../../ui/badge.tsx';
import { Button } from '../../../ui/button.tsx';
import { CheckField, SelectField } from '../../../ui/field.tsx';
import { VisibleText } from '../../../ui/visible-text.tsx';
import { CommittedField } from './committed-field.tsx';
import { ConditionField } from './condition-field.tsx';
import { messageAt, type RuleMarks } from './issue-places.ts';
import { MaskFields } from './mask-fields.tsx';
import { MatchFields } from './match-fields.tsx';

interface Props {
  rule: RuleView;
  chains: readonly ChainView[];
  vocabulary: PolicyVocabulary;
  marks: RuleMarks | undefined;
  isFirst: boolean;
  isLast: boolean;
  onChange: (change: RuleChange) => void;
  onDuplicate: () => void;
  onMove: (by: 1 | -1) => void;
  onRemove: () => void;
  onShowInYaml: () => void;
}

const EFFECTS = [
  { value: '', text: 'none: only masks' },
  { value: 'allow', text: 'allow' },
  { value: 'hold', text: 'hold: people decide' },
  { value: 'deny', text: 'deny' },
] as const;

/** One rule. What a form can't hold is shown as it is written and left to the text. */
export function RuleForm(props: Props) {
  const { rule, marks, onShowInYaml } = props;
  const own = marks?.get('') ?? [];
  return (
    <div className="flex flex-col gap-5 border-t border-line bg-bg px-4 py-4">
      {own.map(({ message, severity }, index) => (
        <p
          key={index}
          className={severity === 'error' ? 'text-stop' : 'text-hold'}
          data-field-error
        >
          {message}
        </p>
      ))}
      {rule.locked === undefined ? (
        <Fields {...props} />
      ) : (
        <Written label="This rule" part={rule.locked} onShowInYaml={onShowInYaml} />
      )}
      {rule.unknown.map(({ key, source }) => (
        <Written
          key={key}
          label={key}
          part={{ source: `${key}: ${source}`, reason: 'no rule has this key' }}
          onShowInYaml={onShowInYaml}
        />
      ))}
      <Actions {...props} />
    </div>
  );
}

function Fields({ rule, chains, vocabulary, marks, onChange, onShowInYaml }: Props) {
  const { values } = rule;
  /** A field, or what stands in its place where only the text can hold it. */
  const field = (name: RuleField, label: string, control: React.ReactNode) => {
    const part = rule.asWritten[name];
    if (part === undefined) return control;
    return <Written key={name} label={label} part={part} onShowInYaml={onShowInYaml} />;
  };
  const error = (name: RuleField) => messageAt(marks, name);
  const condition = (name: 'when' | 'unless', label: string) =>
    field(
      name,
      label,
      <ConditionField
        key={name}
        label={label}
        value={values[name] ?? ''}
        error={error(name)}
        rule={values}
        vocabulary={vocabulary}
        onChange={(source) => onChange({ [name]: source })}
      />,
    );
  return (
    <>
      <div className="grid gap-4 md:grid-cols-[minmax(0,16rem)_minmax(0,1fr)]">
        {field(
          'id',
          'Id',
          <CommittedField
            label="Id"
            hint="Names the rule in the audit log."
            value={values.id ?? ''}
            error={error('id')}
            maxLength={64}
            spellCheck={false}
            onCommit={(id) => onChange({ id })}
          />,
        )}
        {field(
          'description',
          'Description',
          <CommittedField
            label="Description"
            hint="Why the rule is there: reviewers read it as the reason of a hold."
            value={values.description ?? ''}
            error={error('description')}
            onCommit={(description) => onChange({ description })}
          />,
        )}
      </div>
      <MatchFields
        values={values}
        vocabulary={vocabulary}
        error={error}
        field={field}
        onChange={onChange}
      />
      {condition('when', 'Applies when')}
      {condition('unless', 'Doesn’t apply when')}
      <div className="grid gap-4 md:grid-cols-3">
        {field(
          'effect',
          'Effect',
          <SelectField
            label="Effect"
            value={values.effect ?? ''}
            error={error('effect')}
            options={withCurrent(EFFECTS, values.effect)}
            onValue={(effect) =>
              onChange({
                effect,
                // Only a hold asks somebody, and only an effect tells the agent something.
                ...(effect !== 'hold' && values.approval !== undefined && { approval: null }),
                ...(effect !== 'hold' && values.stepUp !== undefined && { stepUp: null }),
                ...(effect === '' && values.message !== undefined && { message: null }),
              })
            }
          />,
        )}
        {(values.effect === 'hold' || values.approval !== undefined) &&
          field(
            'approval',
            'Who approves',
            <SelectField
              label="Who approves"
              value={values.approval ?? ''}
              error={error('approval')}
              options={withCurrent(
                [
                  { value: '', text: 'the connection’s own chain' },
                  ...chains.map(({ name }) => ({ value: name, text: name })),
                ],
                values.approval,
              )}
              onValue={(approval) => onChange({ approval })}
            />,
          )}
      </div>
      {(values.effect === 'hold' || values.stepUp !== undefined) &&
        field(
          'stepUp',
          'Step-up',
          <CheckField
            label="Approving needs a passkey"
            hint="Whoever approves signs exactly this call and verdict. Denying needs none."
            error={error('stepUp')}
            checked={values.stepUp === 'passkey'}
            onValue={(demands) => onChange({ stepUp: demands ? 'passkey' : null })}
          />,
        )}
      {(values.effect !== undefined || values.message !== undefined) &&
        field(
          'message',
          'Message',
          <CommittedField
            label="Message"
            hint="What the agent reads besides the explanation."
            value={values.message ?? ''}
            error={error('message')}
            lines={2}
            onCommit={(message) => onChange({ message })}
          />,
        )}
      {field(
        'mask',
        'Masks',
        <MaskFields
          masks={values.mask ?? []}
          error={error('mask')}
          onChange={(mask) => onChange({ mask })}
        />,
      )}
      {field(
        'mode',
        'Mode',
        <CheckField
          label="Observe only"
          hint="Recorded with what it would have done, without effect."
          error={error('mode')}
          checked={values.mode === 'observe'}
          onValue={(observes) => onChange({ mode: observes ? 'observe' : null })}
        />,
      )}
    </>
  );
}

/** A value that isn't offered, but is what the text says, stays what is shown. */
function withCurrent(
  options: readonly { readonly value: string; readonly text: string }[],
  current: string | undefined,
) {
  const isKnown = current === undefined || options.some(({ value }) => value === current);
  return isKnown ? options : [...options, { value: current, text: `${current} (unknown)` }];
}

function Written({
  label,
  part,
  onShowInYaml,
}: {
  label: string;
  part: AsWritten;
  onShowInYaml: () => void;
}) {
  return (
    <Notice title={`${label}: edit this one in YAML`}>
      <p>{part.reason}.</p>
      <pre className="my-2 max-h-40 overflow-auto rounded bg-surface p-2 font-mono text-sm whitespace-pre-wrap">
        <VisibleText text={part.source} shape="block" />
      </pre>
      <Button size="small" onClick={onShowInYaml}>
        Edit in YAML
      </Button>
    </Notice>
  );
}

function Actions({ isFirst, isLast, onDuplicate, onMove, onRemove, onShowInYaml }: Props) {
  return (
    <div className="flex flex-wrap gap-2 border-t border-line pt-4">
      <Button onClick={onDuplicate}>Duplicate</Button>
      <Button disabled={isFirst} onClick={() => onMove(-1)}>
        Move up
      </Button>
      <Button disabled={isLast} onClick={() => onMove(1)}>
        Move down
      </Button>
      <Button onClick={onShowInYaml}>Show in YAML</Button>
      <Button look="stop-outline" className="sm:ml-auto" onClick={onRemove}>
        Delete
      </Button>
    </div>
  );
}
