import { isName, type Token } from '../tokens.ts';
import { MYSQL_PURE_FUNCTIONS } from './pure-functions.ts';

/**
 * Words without which no `SELECT` has an effect: it writes to a file or variable by INTO, locks by
 * FOR or LOCK, draws from a sequence by NEXT VALUE, and runs what is given it by PROCEDURE. The
 * others begin a write, wherever they stand.
 */
const EFFECTS = new Set(
  `into outfile dumpfile for lock procedure analyse next nextval setval lastval insert update
   delete replace merge set call do handler execute prepare load truncate drop create alter rename
   grant revoke returning import install kill shutdown use begin commit rollback start savepoint
   release lock unlock flush reset purge change signal resignal`.split(/\s+/),
);

/** Reserved words, and those of the grammar, that stand before a parenthesis and call nothing. */
const BEFORE_PARENTHESES = new Set(
  `select distinct from join on using where and or not in exists any some all as by having union
   except intersect values row over partition between like rlike regexp is case when then else div
   mod xor interval limit with recursive key index order group cast decimal`.split(/\s+/),
);

/**
 * Whether a statement can't but read, judged by its words alone. The tree that the parser makes
 * of it is a second opinion: both must say so.
 *
 * INVARIANT: quoted or not, with or without space before the parenthesis, what may be a call must
 * be on the list of pure functions. `count (a)` and `` `count`(a) `` call a stored function.
 */
export function onlyReads(statement: readonly Token[]): boolean {
  const first = statement.find(({ text }) => text !== '(');
  if (first?.kind !== 'word' || !['select', 'with'].includes(first.text)) return false;
  return statement.every((token, index) => isHarmless(token, index, statement));
}

function isHarmless(token: Token, index: number, statement: readonly Token[]): boolean {
  if (token.text === ':=') return false;
  if (!isName(token)) return true;
  // MariaDB's Oracle mode draws from a sequence by `s.nextval`.
  if (/^(?:next|curr)val$/i.test(token.text)) return false;
  const next = statement[index + 1];
  if (next?.text === '(' && next.kind === 'symbol') {
    return callsNothing(token, index, statement) || callsPure(token, next, statement[index - 1]);
  }
  return token.kind === 'quoted' || statement[index - 1]?.text === '.' || !EFFECTS.has(token.text);
}

function callsNothing(token: Token, index: number, statement: readonly Token[]): boolean {
  const previous = statement[index - 1];
  if (previous?.text === '.') return false;
  // `cast(a as char(10))`, `(select 1) as d (a)`
  if (previous?.kind === 'word' && previous.text === 'as') return true;
  if (token.kind === 'word' && BEFORE_PARENTHESES.has(token.text)) return true;
  return isCteWithColumns(index, statement);
}

/** `with x (a, b) as (…)`: what follows the parentheses is no expression. */
function isCteWithColumns(index: number, statement: readonly Token[]): boolean {
  const before = statement[index - 1];
  if (!['with', 'recursive', ','].includes(before?.text ?? '')) return false;
  const close = statement.findIndex(({ text }, at) => at > index && text === ')');
  return statement[close + 1]?.text === 'as' && statement[close + 2]?.text === '(';
}

function callsPure(token: Token, parenthesis: Token, previous: Token | undefined): boolean {
  if (token.kind === 'quoted' || parenthesis.spaced || previous?.text === '.') return false;
  return MYSQL_PURE_FUNCTIONS.has(token.text);
}
