'use client';

import { ruleSentence, type RuleView } from '@holdpoint/policy/edit';
import { memo } from 'react';
import { plural } from '../../../lib/format.ts';
import { Badge, type Tone } from '../../../ui/badge.tsx';
import { Icon } from '../../../ui/icons.tsx';
import { VisibleText } from '../../../ui/visible-text.tsx';

const TONES: Readonly<Record<string, Tone>> = { allow: 'go', hold: 'hold', deny: 'stop' };

interface Props {
  id: string;
  effect: string | undefined;
  masks: boolean;
  observed: boolean;
  sentence: string;
  description: string | undefined;
  errors: number;
  warnings: number;
  isOpen: boolean;
  index: number;
  onToggle: (index: number) => void;
}

/** What a row shows of a rule; compared by value, since each edit reads the whole text anew. */
export function rowOf(rule: RuleView) {
  const { values, locked } = rule;
  return {
    id: values.id ?? `rule ${rule.index + 1}`,
    effect: values.effect,
    masks: values.mask !== undefined,
    observed: values.mode === 'observe',
    sentence: locked === undefined ? ruleSentence(values) : `As written: ${locked.reason}`,
    description: values.description,
  };
}

export const RuleRow = memo(function RuleRow(props: Props) {
  const { id, effect, sentence, description, errors, warnings, isOpen, index } = props;
  return (
    <button
      type="button"
      data-row={id}
      aria-expanded={isOpen}
      className="grid w-full gap-x-4 gap-y-1 px-4 py-3 text-left -outline-offset-2 hover:bg-raised sm:grid-cols-[5.5rem_minmax(0,1fr)_auto]"
      onClick={() => props.onToggle(index)}
    >
      <span className="flex flex-wrap content-start gap-1">
        {effect !== undefined && <Badge tone={TONES[effect] ?? 'neutral'}>{effect}</Badge>}
        {props.masks && <Badge tone="accent">mask</Badge>}
        {props.observed && <Badge>observe</Badge>}
      </span>
      <span className="flex min-w-0 flex-col gap-0.5">
        <span>
          <VisibleText text={sentence} />
        </span>
        <span className="text-sm text-muted">
          <code className="font-mono">
            <VisibleText text={id} />
          </code>
          {description !== undefined && (
            <>
              {' · '}
              <VisibleText text={description} />
            </>
          )}
        </span>
      </span>
      <span className="flex items-start gap-2">
        {errors > 0 && <Badge tone="stop">{plural(errors, 'error')}</Badge>}
        {warnings > 0 && <Badge tone="hold">{plural(warnings, 'warning')}</Badge>}
        <Icon
          name="down"
          className={`size-4 text-muted transition-transform ${isOpen ? 'rotate-180' : ''}`}
        />
      </span>
    </button>
  );
});
