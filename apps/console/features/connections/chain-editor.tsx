'use client';

import type { StepValues } from '@holdpoint/policy/edit';
import { Button } from '../../ui/button.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { drawn } from '../chains/chain-model.ts';
import { ChainPath } from '../chains/chain-path.tsx';
import { DryRun } from '../chains/dry-run.tsx';
import { StepFields } from '../chains/step-fields.tsx';
import { useChainNames } from '../chains/use-chain-names.ts';
import { useRotas } from '../chains/use-rotas.ts';
import type { FieldErrors } from './connection-draft.ts';

const MOST_STEPS = 10;

interface Props {
  chain: readonly StepValues[];
  /** The approval window as it is typed. */
  windowS: string;
  errors: FieldErrors;
  onChain: (chain: readonly StepValues[]) => void;
}

/** Steps in order; each is done when enough of its people agreed. */
export function ChainEditor({ chain, windowS, errors, onChain }: Props) {
  const rotas = useRotas();
  const nameOf = useChainNames(chain);
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted">
        For holds whose rule names no chain. Nobody decides their own agent’s call, whatever group
        they are in.
      </p>
      <ChainPath steps={drawn(chain)} label="The path of a held call" nameOf={nameOf} />
      <Disclosure title="Dry run: who is asked, when?">
        <DryRun steps={drawn(chain)} windowMs={Number(windowS) * 1000} nameOf={nameOf} />
      </Disclosure>
      <ol className="flex flex-col gap-4">
        {chain.map((step, index) => (
          <li key={index} className="flex flex-col gap-3 border-l-3 border-accent pl-4">
            <StepFields
              step={step}
              prefix={`Step ${index + 1}: `}
              groups={[]}
              rotas={rotas.names}
              nameOf={nameOf}
              errors={errorsOf(errors, index)}
              onChange={(next) => onChain(chain.with(index, next))}
            />
            <Button
              look="quiet"
              className="self-start"
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

/** Errors of one step by its field; those of anything inside a field are the field's. */
function errorsOf(errors: FieldErrors, step: number): Readonly<Record<string, string>> {
  const own: Record<string, string> = {};
  for (const [path, message] of Object.entries(errors)) {
    const [part, index, field = 'groups'] = path.split('.');
    if (part !== 'chain' || index !== String(step)) continue;
    own[field === 'deadlineMs' ? 'deadline' : field] ??= message;
  }
  return own;
}
