'use client';

import type { ChainStepInput } from '@holdpoint/contracts';
import { Button } from '../../ui/button.tsx';
import { ChipsField } from '../../ui/chips-field.tsx';
import { TextField } from '../../ui/field.tsx';
import type { FieldErrors } from './connection-draft.ts';

const MOST_STEPS = 10;

interface Props {
  chain: readonly ChainStepInput[];
  errors: FieldErrors;
  onChain: (chain: readonly ChainStepInput[]) => void;
}

/** Steps in order; each is done when enough of its people agreed. */
export function ChainEditor({ chain, errors, onChain }: Props) {
  const change = (index: number, step: Partial<ChainStepInput>) =>
    onChain(chain.map((old, at) => (at === index ? { ...old, ...step } : old)));
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted">
        For holds whose rule names no chain. Nobody decides their own agent’s call, whatever group
        they are in.
      </p>
      <ol className="flex flex-col gap-4">
        {chain.map((step, index) => (
          <li
            key={index}
            className="grid gap-3 border-l-3 border-accent pl-4 md:grid-cols-[1fr_1fr_7rem_auto]"
          >
            <ChipsField
              label={`Step ${index + 1}: groups`}
              placeholder="dba"
              values={step.groups}
              error={errors[`chain.${index}`] ?? errors[`chain.${index}.groups`]}
              onValues={(groups) => change(index, { groups: [...groups] })}
            />
            <ChipsField
              label="People"
              hint="By their identity: issuer|subject"
              values={step.people}
              error={errors[`chain.${index}.people`]}
              onValues={(people) => change(index, { people: [...people] })}
            />
            <TextField
              label="How many"
              type="number"
              min={1}
              max={20}
              value={Number.isNaN(step.quorum) ? '' : step.quorum}
              error={errors[`chain.${index}.quorum`]}
              onValue={(text) => change(index, { quorum: Number.parseInt(text, 10) })}
            />
            <Button
              look="quiet"
              className="self-start md:mt-6"
              disabled={chain.length === 1}
              aria-label={`Remove step ${index + 1}`}
              onClick={() => onChain(chain.filter((_, at) => at !== index))}
            >
              Remove
            </Button>
          </li>
        ))}
      </ol>
      <Button
        className="self-start"
        disabled={chain.length >= MOST_STEPS}
        onClick={() => onChain([...chain, { groups: [], people: [], quorum: 1 }])}
      >
        Add a step
      </Button>
    </div>
  );
}
