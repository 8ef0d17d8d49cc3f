'use client';

import {
  argumentsOf,
  renderRule,
  RULE_TEMPLATES,
  valuesFor,
  type PolicyVocabulary,
  type RuleTemplate,
  type RuleValues,
  type TemplateParameter,
} from '@holdpoint/policy/edit';
import { useEffect, useId, useRef, useState } from 'react';
import { visibleString } from '@holdpoint/contracts';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { TextField } from '../../../ui/field.tsx';
import { VisibleText } from '../../../ui/visible-text.tsx';

interface Props {
  vocabulary: PolicyVocabulary;
  onAdd: (rule: RuleValues) => void;
  onClose: () => void;
}

const EMPTY_RULE: RuleValues = { id: 'new-rule', effect: 'hold' };

/** A new rule: from a template with its places filled, or empty. */
export function NewRuleDialog({ vocabulary, onAdd, onClose }: Props) {
  const [chosen, choose] = useState<RuleTemplate>();
  return (
    <Dialog wide title={chosen === undefined ? 'New rule' : chosen.title} onClose={onClose}>
      {chosen === undefined ? (
        <div className="flex flex-col gap-3">
          <ul aria-label="Templates" className="grid gap-2 sm:grid-cols-2">
            {RULE_TEMPLATES.map((template) => (
              <li key={template.id}>
                <button
                  type="button"
                  className="flex h-full w-full flex-col gap-0.5 rounded-md border border-line p-3 text-left hover:bg-raised"
                  onClick={() => choose(template)}
                >
                  <span className="font-semibold">{template.title}</span>
                  <span className="text-sm text-muted">{template.intent}</span>
                </button>
              </li>
            ))}
          </ul>
          <Button className="self-start" onClick={() => onAdd(EMPTY_RULE)}>
            Begin with an empty rule
          </Button>
        </div>
      ) : (
        <TemplateForm
          template={chosen}
          vocabulary={vocabulary}
          onAdd={onAdd}
          onBack={() => choose(undefined)}
        />
      )}
    </Dialog>
  );
}

function TemplateForm({
  template,
  vocabulary,
  onAdd,
  onBack,
}: {
  template: RuleTemplate;
  vocabulary: PolicyVocabulary;
  onAdd: (rule: RuleValues) => void;
  onBack: () => void;
}) {
  const [given, setGiven] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(template.parameters.map(({ name, initial }) => [name, initial])),
  );
  const rule = template.rule(given);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // The button that was pressed is gone, and the focus with it.
    form.current?.querySelector<HTMLElement>('input, button')?.focus();
  }, []);
  return (
    <form
      ref={form}
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        onAdd(rule);
      }}
    >
      <p>{template.intent}</p>
      <div className="grid gap-4 sm:grid-cols-2">
        {template.parameters.map((parameter) => (
          <Parameter
            key={parameter.name}
            parameter={parameter}
            value={given[parameter.name] ?? ''}
            names={namesFor(parameter, rule, vocabulary)}
            onValue={(value) => setGiven({ ...given, [parameter.name]: value })}
          />
        ))}
      </div>
      <pre className="max-h-72 overflow-auto rounded-md bg-raised p-3 font-mono text-sm whitespace-pre-wrap">
        <VisibleText text={renderRule(rule)} shape="block" />
      </pre>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary">
          Add this rule
        </Button>
        <Button onClick={onBack}>Other templates</Button>
      </div>
    </form>
  );
}

function namesFor({ kind }: TemplateParameter, rule: RuleValues, vocabulary: PolicyVocabulary) {
  if (kind === 'argument') return argumentsOf(rule, vocabulary);
  if (kind === 'chain') return valuesFor(['approval'], rule, vocabulary);
  return kind === 'number' || kind === 'text' ? [] : valuesFor([kind], rule, vocabulary);
}

function Parameter({
  parameter: { label, kind },
  value,
  names,
  onValue,
}: {
  parameter: TemplateParameter;
  value: string;
  names: readonly { readonly name: string; readonly detail: string }[];
  onValue: (value: string) => void;
}) {
  const id = useId();
  const isList = kind === 'connections' || kind === 'tools' || kind === 'groups';
  return (
    <div>
      <TextField
        label={label}
        {...(isList && { hint: 'Several are separated by commas.' })}
        value={value}
        inputMode={kind === 'number' ? 'numeric' : 'text'}
        spellCheck={false}
        list={names.length > 0 ? id : undefined}
        onValue={onValue}
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
