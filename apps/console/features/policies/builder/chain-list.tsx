'use client';

import {
  editChain,
  removeChain,
  renameChain,
  type ChainView,
  type EditResult,
  type PolicyVocabulary,
  type StepValues,
} from '@holdpoint/policy/edit';
import { Button } from '../../../ui/button.tsx';
import { Disclosure } from '../../../ui/disclosure.tsx';
import { Panel } from '../../../ui/page.tsx';
import { VisibleText } from '../../../ui/visible-text.tsx';
import type { YamlMark } from '../../../ui/yaml-editor.tsx';
import { drawn } from '../../chains/chain-model.ts';
import { ChainPath } from '../../chains/chain-path.tsx';
import { DryRun } from '../../chains/dry-run.tsx';
import { useChainNames } from '../../chains/use-chain-names.ts';
import { StepFields } from '../../chains/step-fields.tsx';
import { CommittedField } from './committed-field.tsx';

interface Props {
  chains: readonly ChainView[];
  vocabulary: PolicyVocabulary;
  text: string;
  marks: readonly YamlMark[];
  onResult: (result: EditResult, done?: string) => void;
}

/** Who approves: the chains that rules name. */
export function ChainList({ chains, vocabulary, text, marks, onResult }: Props) {
  const add = () => {
    const taken = chains.map(({ name }) => name);
    let name = 'new-chain';
    for (let number = 2; taken.includes(name); number += 1) name = `new-chain-${number}`;
    onResult(editChain(text, name, [{ groups: ['reviewers'], people: [] }]), `Added ${name}.`);
  };
  return (
    <Panel
      title="Approval chains"
      action={
        <Button size="small" onClick={add}>
          Add a chain
        </Button>
      }
    >
      {chains.length === 0 ? (
        <p className="text-muted">None: holds ask the chain of their connection.</p>
      ) : (
        <div className="flex flex-col gap-2">
          {chains.map((chain) => (
            <Disclosure key={chain.name} title={<Summary chain={chain} />}>
              {chain.locked === undefined ? (
                <Chain
                  chain={chain}
                  vocabulary={vocabulary}
                  text={text}
                  error={messagesOf(marks, chain.name)}
                  onResult={onResult}
                />
              ) : (
                <p>Edit this one in YAML: {chain.locked.reason}.</p>
              )}
            </Disclosure>
          ))}
        </div>
      )}
    </Panel>
  );
}

function messagesOf(marks: readonly YamlMark[], chain: string): string | undefined {
  const found = marks.filter(({ path }) => path[0] === 'chains' && path[1] === chain);
  return found.length === 0 ? undefined : found.map(({ message }) => message).join(' ');
}

function Summary({ chain: { name, steps } }: { chain: ChainView }) {
  const nameOf = useChainNames(steps);
  const asked = steps.map(({ groups, people, onCall, quorum }) =>
    [...groups, ...people.map(nameOf), ...(onCall === undefined ? [] : [`on call for ${onCall}`])]
      .join(' or ')
      .concat(quorum === undefined ? '' : ` (${quorum})`),
  );
  return (
    <span className="min-w-0">
      <code className="font-mono text-sm">
        <VisibleText text={name} />
      </code>
      <span className="font-normal text-muted">
        {' '}
        <VisibleText text={asked.join(' → ')} />
      </span>
    </span>
  );
}

function Chain({
  chain: { name, steps },
  vocabulary,
  text,
  error,
  onResult,
}: Omit<Props, 'chains' | 'marks'> & { chain: ChainView; error: string | undefined }) {
  const nameOf = useChainNames(steps);
  const setSteps = (next: readonly StepValues[]) => onResult(editChain(text, name, next));
  return (
    <div className="flex flex-col gap-4">
      <CommittedField
        label="Name"
        hint="Rules that name it follow."
        error={error}
        value={name}
        onCommit={(wish) => wish !== '' && onResult(renameChain(text, name, wish))}
      />
      <ChainPath steps={drawn(steps)} label={`The path of ${name}`} nameOf={nameOf} />
      <Disclosure title="Dry run: who is asked, when?">
        <DryRun steps={drawn(steps)} nameOf={nameOf} />
      </Disclosure>
      <ol className="flex flex-col gap-3">
        {steps.map((step, index) => (
          <li key={index} className="flex flex-col gap-3 rounded-md bg-raised p-3">
            <p className="font-medium">Step {index + 1}</p>
            <StepFields
              step={step}
              groups={vocabulary.groups}
              rotas={vocabulary.rotas ?? []}
              nameOf={nameOf}
              onChange={(next) => setSteps(steps.with(index, next))}
            />
            {steps.length > 1 && (
              <Button
                look="quiet"
                size="small"
                className="self-start"
                onClick={() => setSteps(steps.toSpliced(index, 1))}
              >
                Remove step {index + 1}
              </Button>
            )}
          </li>
        ))}
      </ol>
      <div className="flex flex-wrap gap-2">
        <Button
          size="small"
          onClick={() => setSteps([...steps, { groups: ['reviewers'], people: [] }])}
        >
          Add a step
        </Button>
        <Button
          size="small"
          look="stop-outline"
          onClick={() => onResult(removeChain(text, name), `Deleted ${name}.`)}
        >
          Delete the chain
        </Button>
      </div>
    </div>
  );
}
