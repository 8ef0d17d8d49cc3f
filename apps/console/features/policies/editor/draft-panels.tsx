import { SimulatePanel } from '../simulation/simulate-panel.tsx';
import { TryPanel } from '../try/try-panel.tsx';
import { withTestCase } from '../try/test-case.ts';

/**
 * Panels about the draft: try a call, simulate. Each gets `source`, the draft's text as it is now, in
 * whichever view it was written; it may be one that can't be read yet, so a panel that sends it shows
 * the gateway's answer or failure. Panels never change the text; a tried call may go to its test cases.
 */
export function DraftPanels({ source, onCases }: { source: string; onCases?: EditCases }) {
  return (
    <>
      <TryPanel
        source={source}
        {...(onCases !== undefined && {
          onSaveCase: (line, result) => onCases((cases) => withTestCase(cases, line, result)),
        })}
      />
      <SimulatePanel source={source} />
    </>
  );
}

/** Changes the test cases that are kept with the draft. */
export type EditCases = (edit: (cases: string) => string) => void;
