import type { SqlArgument } from '@holdpoint/contracts';
import { plural } from '../../lib/format.ts';
import { SqlText } from '../../ui/sql-text.tsx';
import { TextLines } from '../../ui/text-lines.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ArgumentNotes, type Note } from './argument-note.tsx';
import { MOST_COLOURED } from './bounds.ts';

/** A statement, and above it what the gateway's parser knows of it: what the rules go by. */
export function SqlView({ text, facts }: { text: string; facts: SqlArgument | undefined }) {
  return (
    <div className="min-w-0">
      {facts !== undefined && (
        <ArgumentNotes label="What the statement does" notes={notesOf(facts)} />
      )}
      {text.length > MOST_COLOURED ? (
        <TextLines pieces={[{ text }]} numbered />
      ) : (
        <SqlText text={text} />
      )}
    </div>
  );
}

function notesOf(facts: SqlArgument): Note[] {
  if (!facts.valid) {
    return [
      { tone: 'stop', text: `Can’t be read as ${DIALECTS[facts.dialect]}: it may do anything` },
      { tone: 'neutral', text: <VisibleText text={facts.reason} /> },
    ];
  }
  const { statements, kinds, mutates, ddl, tables, where, unknownFunctions } = facts;
  const changesRows = kinds.some((kind) => ['update', 'delete', 'truncate'].includes(kind));
  return [
    mutates
      ? { tone: 'stop', text: ddl ? 'Changes the schema' : 'May change data' }
      : { tone: 'go', text: 'Only reads' },
    ...(changesRows
      ? [
          where
            ? ({ tone: 'neutral', text: 'WHERE present' } as const)
            : ({ tone: 'stop', text: 'No WHERE: every row' } as const),
        ]
      : []),
    ...(statements > 1 ? [{ tone: 'hold', text: plural(statements, 'statement') } as const] : []),
    { tone: 'neutral', text: kinds.map((kind) => kind.replaceAll('_', ' ')).join(', ') },
    ...(tables.length === 0
      ? []
      : [
          {
            tone: 'neutral',
            text: (
              <>
                {tables.length === 1 ? 'table' : 'tables'} <VisibleText text={tables.join(', ')} />
              </>
            ),
          } as const,
        ]),
    ...(unknownFunctions.length === 0
      ? []
      : [
          {
            tone: 'hold',
            text: (
              <>
                not known to only compute: <VisibleText text={unknownFunctions.join(', ')} />
              </>
            ),
          } as const,
        ]),
  ];
}

const DIALECTS: Readonly<Record<SqlArgument['dialect'], string>> = {
  postgres: 'PostgreSQL',
  mysql: 'MySQL',
  generic: 'SQL',
};
