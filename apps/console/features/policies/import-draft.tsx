'use client';

import { policyDraftSchema } from '@holdpoint/contracts';
import { useRouter } from 'next/navigation';
import { useRef, useState } from 'react';
import { send, toFailure } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { DRAFTS } from './draft.ts';
import { isCasesFile, readPolicyFile } from './policy-files.ts';

/**
 * A file, chosen or dropped, becomes a draft of its own; one with test cases may come beside it. Without
 * it those in force stay: nobody who brings in a policy means to drop its tests.
 */
export function ImportDraft({ inForce }: { inForce: number }) {
  const router = useRouter();
  const input = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string>();
  const [over, setOver] = useState(false);

  const take = async (files: readonly File[]) => {
    setProblem(undefined);
    const policy = files.find(({ name }) => !isCasesFile(name));
    const cases = files.find(({ name }) => isCasesFile(name));
    if (policy === undefined) {
      setProblem('Choose the policy’s file too: test cases alone are no draft.');
      return;
    }
    const read = await readPolicyFile(policy);
    const readCases = cases === undefined ? { text: undefined } : await readPolicyFile(cases);
    if ('problem' in read) return setProblem(read.problem);
    if ('problem' in readCases) return setProblem(readCases.problem);
    const title = `From ${policy.name}`.slice(0, 120);
    try {
      const body = { title, source: read.text, cases: readCases.text, base: inForce };
      const { id } = await send('POST', DRAFTS, body, policyDraftSchema);
      router.push(`/policies/edit?draft=${id}`);
    } catch (error) {
      setProblem(toFailure(error).message);
    }
  };

  return (
    <div
      className={`flex flex-wrap items-center gap-2 rounded-md ${over ? 'outline-2 outline-accent' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void take([...event.dataTransfer.files]);
      }}
    >
      {problem !== undefined && (
        <p role="alert" className="text-sm text-stop">
          {problem}
        </p>
      )}
      <input
        ref={input}
        type="file"
        multiple
        accept=".yaml,.yml"
        className="sr-only"
        tabIndex={-1}
        aria-label="Policy file"
        onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          event.target.value = '';
          if (files.length > 0) void take(files);
        }}
      />
      <Button size="small" onClick={() => input.current?.click()}>
        Import a file…
      </Button>
    </div>
  );
}
