import { isRecord } from '../names.ts';
import type { Token } from '../tokens.ts';
import { unreadable } from '../unreadable.ts';
import type { Node } from './parser.ts';

/** Words of the grammar, which the tree needn't repeat. */
const GRAMMAR = new Set(
  `select distinct distinctrow all from where and or not in is null true false like rlike regexp
   escape between exists any some case when then else end as on using join inner left right full
   outer cross natural straight_join group by with rollup having order asc desc limit offset union
   except intersect recursive values value row over partition window rows range unbounded preceding
   following current interval separator collate binary cast convert char signed unsigned integer div
   mod xor insert into ignore on duplicate key update set delete truncate table replace low_priority
   high_priority delayed quick create drop alter view index unique database schema if temporary
   rename to add column default primary foreign references grant revoke use call lock tables unlock
   read write load data infile local begin start transaction commit rollback work for share mode
   both leading trailing extract year month day hour minute second`.split(/\s+/),
);

/**
 * Refuses a statement of which the tree leaves something out: a grammar that skips a clause would
 * hide the tables in it. Each name of the text must be found in the tree.
 */
export function refuseUnaccounted(statement: readonly Token[], tree: Node): void {
  const known = new Set<string>();
  gather(tree, known);
  for (const { kind, text } of statement) {
    if (kind !== 'word' && kind !== 'quoted') continue;
    if (known.has(text.toLowerCase()) || (kind === 'word' && GRAMMAR.has(text))) continue;
    throw unreadable('a part of the statement is not understood');
  }
}

function gather(node: unknown, known: Set<string>): void {
  if (typeof node === 'string') {
    const text = node.toLowerCase();
    known.add(text);
    for (const word of text.split(' ')) known.add(word);
  } else if (Array.isArray(node)) {
    for (const item of node) gather(item, known);
  } else if (isRecord(node)) {
    for (const child of Object.values(node)) gather(child, known);
  }
}
