/*
 * Which arguments a grant may leave free, by their names. A name is all that says what a program does with a
 * value. Arguments that a program interprets are never left free, whatever the value looks like: whoever
 * holds the grant would choose what runs. Nor is a switch that keeps a call from doing its full harm: what
 * was approved as a dry run would run for real. No list of such names is complete, so words, in which a
 * value could mean most, go the other way: only identifiers may be words, and only by the names listed.
 */

/** Anywhere in a name: more names fall under it than need to, which costs an approval and no more. */
const INTERPRETED =
  /sql|quer|statement|stmt|ddl|dml|command|cmd|script|code|shell|exec|eval|expr|body|template|filter|where|regex|pattern|selector|xpath|path|file|dir|url|uri|host|address|endpoint|domain|server|content|text|message|program|argv|args|argument|env|header|payload|stdin|macro|formula|function|lambda|procedure|routine|prompt|instruction|html|css|yaml|json|xml|graphql|cron|schedule|callback|webhook|secret|password|token|credential|permission|privilege|policy/i;

/** As a word of its own: they are part of too many other words. */
const INTERPRETED_WORDS: ReadonlySet<string> = new Set(
  [
    'q jq fn func proc op operation action verb method mode signal do run call invoke job',
    'input stream pipe data raw string param parameter option flag js ts py rb lua wasm markdown',
    'group select cc bcc recipient sender src source dst dest destination target',
    'ip port cidr socket proxy dns href link ref branch commit revision',
    'image package module plugin extension library class hook handler trigger driver dialect',
    'role scope acl grant owner sudo root admin login key cert',
  ].flatMap((line) => line.split(' ')),
);

/** What keeps a call small, asks once more, or only tries. */
const SAFEGUARDS: ReadonlySet<string> = new Set(
  [
    'force dry dryrun simulate simulation preview test check verify validate confirm confirmed confirmation',
    'approve approved yes assume recursive recurse cascade skip ignore bypass override overwrite replace',
    'safe unsafe safety insecure permanent permanently hard purge prune wipe destroy delete drop truncate',
    'all every everything only readonly public privileged trusted rollback backup protected protect lock locked',
  ].flatMap((line) => line.split(' ')),
);

/** How a name ends whose value is looked up as it is, and means nothing more. */
const IDENTIFIERS: ReadonlySet<string> = new Set(
  'id uuid guid ulid number no nr sku serial reference ticket invoice'.split(' '),
);

/** Other letters look like these and are none: `ѕql`. */
const PLAIN_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/** `orderId`, `order_id` and `Order-ID2` are the words `order` and `id`. */
function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
}

/** Whether an argument of this name may be free at all. The name is attacker-controlled. */
export function mayNameBeFree(name: string): boolean {
  if (!PLAIN_NAME.test(name) || INTERPRETED.test(name)) return false;
  return wordsOf(name).every((word) => !isRisky(word) && !isRisky(word.replace(/s$/, '')));
}

function isRisky(word: string): boolean {
  return INTERPRETED_WORDS.has(word) || SAFEGUARDS.has(word);
}

/** Whether the name says that its value identifies one thing, so that a word may be free there. */
export function namesIdentifier(name: string): boolean {
  return IDENTIFIERS.has(wordsOf(name).at(-1) ?? '');
}
