import type { Wait } from '@holdpoint/contracts';
import { Panel } from '../../ui/page.tsx';
import { durationText } from './duration.ts';
import { FigureTable, Of } from './figure-table.tsx';

interface Props {
  title: string;
  of: string;
  rows: readonly { readonly name: string; readonly wait: Wait }[];
}

/** How long decided steps were due: the middle one, and what nine of ten stayed within. */
export function Waits({ title, of, rows }: Props) {
  return (
    <Panel title={title} flush>
      {rows.length === 0 ? (
        <p className="p-4 text-muted">No step was decided in this time.</p>
      ) : (
        <FigureTable
          caption={title}
          columns={[
            { name: of },
            { name: 'Median', isNumber: true },
            { name: '9 of 10 within', isNumber: true },
            { name: 'Decided', isNumber: true },
          ]}
          rows={rows.map(({ name, wait }) => ({
            key: name,
            cells: [
              <span key="name" className="break-words">
                {name}
              </span>,
              durationText(wait.medianMs),
              durationText(wait.p90Ms),
              <Of key="n" n={wait.n} />,
            ],
          }))}
        />
      )}
    </Panel>
  );
}
