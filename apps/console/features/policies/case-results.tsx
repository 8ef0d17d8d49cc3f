import type { PolicyValidation } from '@holdpoint/contracts';
import { plural } from '../../lib/format.ts';
import { VisibleText } from '../../ui/visible-text.tsx';

/** Test cases and what became of each. */
export function CaseResults({ cases }: { cases: PolicyValidation['cases'] }) {
  const failed = cases.results.filter(({ differences }) => differences.length > 0);
  if (cases.issues.length > 0)
    return (
      <ul aria-label="Problems of the test cases" className="rounded-md border border-stop p-3">
        {cases.issues.map((issue, index) => (
          <li key={index} className="break-words">
            <span className="font-mono text-sm text-stop">line {issue.line}</span> {issue.message}
          </li>
        ))}
      </ul>
    );
  if (cases.results.length === 0) return null;
  return (
    <div className="flex flex-col gap-2">
      <p className={failed.length === 0 ? 'text-go' : 'text-stop'}>
        {failed.length === 0
          ? `${plural(cases.results.length, 'test case')}, all passed.`
          : `${failed.length} of ${plural(cases.results.length, 'test case')} failed.`}
      </p>
      {failed.length > 0 && (
        <ul aria-label="Failed test cases" className="rounded-md border border-stop">
          {failed.map(({ description, line, differences }) => (
            <li key={line} className="border-b border-line px-3 py-2 last:border-b-0">
              <p className="font-medium break-words">
                <VisibleText text={description} />{' '}
                <span className="font-mono text-sm text-muted">line {line}</span>
              </p>
              {differences.map((difference) => (
                <p key={difference} className="break-words text-muted">
                  <VisibleText text={difference} />
                </p>
              ))}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
