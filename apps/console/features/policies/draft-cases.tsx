import type { PolicyValidation } from '@holdpoint/contracts';
import { useId } from 'react';
import { Disclosure } from '../../ui/disclosure.tsx';
import { CaseResults } from './case-results.tsx';

const EXAMPLE = `tests:
  - description: a deletion waits
    call:
      connection: demo
      method: tools/call
      params: { name: query, arguments: { sql: DELETE FROM orders } }
      caller: { subject: etl, groups: [agents] }
    expect: { effect: hold }
`;

interface Props {
  value: string;
  onValue: (cases: string) => void;
  result: PolicyValidation['cases'] | undefined;
}

/** What the policy must do, call by call. Run while typing, and before anything is published. */
export function DraftCases({ value, onValue, result }: Props) {
  const id = useId();
  const failed = result?.results.filter(({ differences }) => differences.length > 0).length ?? 0;
  const count = result?.results.length ?? 0;
  const summary = failed > 0 ? `: ${failed} of ${count} fail` : count > 0 ? `: ${count} pass` : '';
  return (
    <Disclosure title={`Test cases${summary}`}>
      <div className="flex flex-col gap-3">
        <label htmlFor={id} className="text-muted">
          Calls and what must become of them, as YAML. They are published with the policy, and one
          that fails keeps it from being published.
        </label>
        <textarea
          id={id}
          spellCheck={false}
          rows={Math.min(24, Math.max(8, value.split('\n').length + 1))}
          maxLength={262_144}
          className="w-full rounded-md border border-strong-line bg-surface p-2.5 font-mono text-sm"
          placeholder={EXAMPLE}
          value={value}
          onChange={(event) => onValue(event.target.value)}
        />
        {result !== undefined && <CaseResults cases={result} />}
      </div>
    </Disclosure>
  );
}
