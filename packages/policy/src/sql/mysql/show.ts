import { addTableName, type Findings } from '../findings.ts';
import { isName, type Token } from '../tokens.ts';
import { unreadable } from '../unreadable.ts';

/** What SHOW is said with; every other word is a name. */
const VOCABULARY = new Set(
  `show full extended tables databases schemas columns fields index indexes keys create table view
   procedure function trigger event database schema status variables global session local warnings
   errors engines grants triggers events privileges plugins collation character set open from in
   like processlist describe desc explain`.split(/\s+/),
);
const BEFORE_A_NAME = new Set(['from', 'in', 'table', 'view', 'describe', 'desc', 'explain', '.']);

/**
 * `SHOW …`, and `DESCRIBE table`. They have no expressions (WHERE isn't read here), so that they
 * can't but read. Whatever is named counts as a table: rather one too many.
 */
export function collectShow(statement: readonly Token[], findings: Findings): void {
  const [first] = statement;
  findings.kinds.add(first?.text === 'show' ? 'show' : 'describe');
  if (first?.text !== 'show') refuseOtherThanTable(statement.slice(1));
  let name: string[] = [];
  const endName = () => {
    if (name.length > 0) {
      addTableName(name, findings);
      addTableName(
        name.map((part) => part.toLowerCase()),
        findings,
      );
    }
    name = [];
  };
  statement.forEach((token, index) => {
    const previous = statement[index - 1];
    if (token.text === '.') return;
    if (previous?.text !== '.') endName();
    if (isName(token)) {
      const named = token.kind === 'quoted' || BEFORE_A_NAME.has(previous?.text ?? '');
      if (named || !VOCABULARY.has(token.text)) name.push(nameOf(token));
    } else if (token.kind !== 'string') {
      throw unreadable('the statement is not understood');
    }
  });
  endName();
}

/** `DESCRIBE db.table [column]`; elsewhere a word could begin a statement. */
function refuseOtherThanTable(described: readonly Token[]): void {
  const shape = described.map((token) =>
    isName(token) ? 'n' : token.kind === 'string' ? 's' : token.text,
  );
  if (!/^n(?:\.n)?[ns]?$/.test(shape.join(''))) throw unreadable('the statement is not understood');
}

function nameOf(token: Token): string {
  if (token.kind === 'word' && ['where', 'for', 'user', 'into'].includes(token.text)) {
    throw unreadable('the statement is not understood');
  }
  return token.kind === 'quoted' ? token.text : token.written;
}
