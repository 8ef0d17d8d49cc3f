import { stringMember, type JsonMember, type JsonNode } from '@holdpoint/mcp';
import { looksLikeSql } from '../../lib/sql-tokens.ts';
import { readImage, type EncodedImage } from './image-data.ts';
import { looksLikePatch } from './patch-lines.ts';

/**
 * How an argument is shown. No decision rests on it: a wrong guess costs colours, and the raw view
 * has every character whatever the guess was.
 */
export type ArgumentKind =
  | { readonly is: 'empty' }
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'sql'; readonly text: string }
  | { readonly is: 'shell'; readonly text: string }
  /** A program and its arguments, each a word of its own: nothing is taken apart by a shell. */
  | { readonly is: 'argv'; readonly words: readonly string[] }
  | { readonly is: 'edits'; readonly edits: readonly Edit[] }
  | { readonly is: 'patch'; readonly text: string }
  | { readonly is: 'file'; readonly text: string }
  | { readonly is: 'image'; readonly image: EncodedImage }
  | { readonly is: 'url'; readonly text: string }
  /** Shown together with another argument, under that one's name. */
  | { readonly is: 'part'; readonly of: string }
  /** An object or a list of which something inside has a kind of its own. */
  | { readonly is: 'nested' }
  | { readonly is: 'json' };

export interface Edit {
  readonly before: string;
  readonly after: string;
}

const BEFORE = ['old_string', 'old_str', 'oldString', 'oldText', 'old_text', 'search', 'before'];
const AFTER = ['new_string', 'new_str', 'newString', 'newText', 'new_text', 'replace', 'after'];

const SHELL_NAMES = /^(?:command|cmd|commands|shell|shell_?command|bash|command_?line|run)$/i;
const WORDS_NAMES = /^(?:args|arguments|argv|command_?args|params)$/i;
const ARGV_NAMES = /^(?:argv|cmd|command|exec)$/i;
const PATCH_NAMES = /^(?:patch|diff|unified_?diff)$/i;
const PATH_NAMES =
  /^(?:path|file|file_?path|file_?name|target_?file|destination|notebook_?path|uri)$/i;
const CONTENT_NAMES =
  /^(?:content|contents|file_?text|text|body|data|new_?source|insert_?text|new_?content)$/i;
const CODE_NAMES = /^(?:code|source|script|program|python|javascript)$/i;
const TYPE_NAMES = /^(?:mime_?type|media_?type|content_?type|mime)$/i;
const LANGUAGE_NAMES = /^(?:language|lang|interpreter)$/i;
const SHELL_LANGUAGES = /^(?:ba|z|da|k|fi)?sh$|^shell$|^power_?shell$/i;
const URL_TEXT = /^[a-z][a-z0-9+.-]*:\/\/[^\s]+$/i;
/** Deeper inside, everything is JSON: nobody reads so many boxes in boxes. */
const MOST_LEVELS = 4;
/** Of a text editor's tool, whose `command` is one of its own verbs. */
const EDITOR_VERB = /^[a-z_]+$/;

/**
 * @param siblings - all members of the object that it stands in; what goes with it is among them
 * @param schema - what the tool's definition says of it: an upstream's words, so only a hint
 * @param level - how deep inside the arguments it stands
 */
export function kindOf(
  name: string,
  node: JsonNode,
  siblings: readonly JsonMember[] = [],
  schema?: JsonNode,
  level = 0,
): ArgumentKind {
  switch (node.kind) {
    case 'string':
      return node.value === '' && !isHalfOfEdit(name, siblings)
        ? { is: 'empty' }
        : kindOfText(name, node.value, siblings, schema);
    case 'array':
      return kindOfList(name, node.items, siblings, level);
    case 'object':
      return level < MOST_LEVELS &&
        node.members.some((one) => isOfItsOwn(one.key, one.value, node.members, level + 1))
        ? { is: 'nested' }
        : { is: 'json' };
    case 'number':
    case 'boolean':
    case 'null':
      return { is: 'json' };
    default:
      return node satisfies never;
  }
}

function kindOfText(
  name: string,
  text: string,
  siblings: readonly JsonMember[],
  schema: JsonNode | undefined,
): ArgumentKind {
  const half = kindOfHalf(name, text, siblings);
  if (half !== undefined) return half;
  const words = wordsWith(name, text, siblings);
  if (words !== undefined) return { is: 'argv', words: [text, ...words] };
  // What runs is read as what runs, also where it could be base64.
  const runs = SHELL_NAMES.test(name) || CODE_NAMES.test(name);
  const image = runs ? null : readImage(text, declaredType(siblings, schema));
  if (image !== null) return { is: 'image', image };
  if (PATCH_NAMES.test(name) ? /^[+-]/m.test(text) : looksLikePatch(text)) {
    return { is: 'patch', text };
  }
  if (SHELL_NAMES.test(name) && !isEditorVerb(text, siblings)) return { is: 'shell', text };
  if (looksLikeSql(name, text)) return { is: 'sql', text };
  if (isUrl(text, schema)) return { is: 'url', text };
  if (CODE_NAMES.test(name)) {
    return isShellScript(name, text, siblings) ? { is: 'shell', text } : { is: 'file', text };
  }
  return CONTENT_NAMES.test(name) && named(PATH_NAMES, siblings).length > 0
    ? { is: 'file', text }
    : { is: 'text', text };
}

function kindOfList(
  name: string,
  items: readonly JsonNode[],
  siblings: readonly JsonMember[],
  level: number,
): ArgumentKind {
  const words = allTexts(items);
  if (words !== undefined && words.length > 0) {
    // INVARIANT: said to be shown there only where it is.
    const program = WORDS_NAMES.test(name)
      ? named(SHELL_NAMES, siblings).find(
          ({ key, value }) =>
            value.kind === 'string' && wordsWith(key, value.value, siblings) !== undefined,
        )
      : undefined;
    if (program !== undefined) return { is: 'part', of: program.key };
    if (ARGV_NAMES.test(name)) return { is: 'argv', words };
  }
  const edits = items.map(editIn);
  if (edits.length > 0 && edits.every((edit) => edit !== undefined)) return { is: 'edits', edits };
  return level < MOST_LEVELS && items.some((item) => isOfItsOwn(name, item, [], level + 1))
    ? { is: 'nested' }
    : { is: 'json' };
}

/** What is worth more than a line of JSON inside an object or a list. */
function isOfItsOwn(
  name: string,
  node: JsonNode,
  siblings: readonly JsonMember[],
  level: number,
): boolean {
  const kind = kindOf(name, node, siblings, undefined, level);
  if (kind.is === 'text') return kind.text.includes('\n');
  return kind.is !== 'json' && kind.is !== 'empty' && kind.is !== 'part';
}

/**
 * `old_string` beside `new_string`: one difference, under the name of the first. Of two that are alike a
 * difference would show nothing.
 */
function kindOfHalf(
  name: string,
  text: string,
  siblings: readonly JsonMember[],
): ArgumentKind | undefined {
  const after = partner(name, BEFORE, AFTER, siblings);
  if (after !== undefined && after.text !== text)
    return { is: 'edits', edits: [{ before: text, after: after.text }] };
  const before = partner(name, AFTER, BEFORE, siblings);
  return before === undefined || before.text === text ? undefined : { is: 'part', of: before.key };
}

function isHalfOfEdit(name: string, siblings: readonly JsonMember[]): boolean {
  return kindOfHalf(name, '', siblings) !== undefined;
}

function partner(
  name: string,
  names: readonly string[],
  partners: readonly string[],
  siblings: readonly JsonMember[],
): { readonly key: string; readonly text: string } | undefined {
  const wanted = partners[names.indexOf(name)];
  if (wanted === undefined) return undefined;
  const found = siblings.filter(({ key }) => key === wanted);
  const value = found[0]?.value;
  // Of a key that stands there twice, which one counts is not ours to guess.
  return found.length === 1 && value?.kind === 'string'
    ? { key: wanted, text: value.value }
    : undefined;
}

/** Only of an object that says nothing else: what it says beside is not to be lost. */
function editIn(node: JsonNode): Edit | undefined {
  if (node.kind !== 'object' || node.members.length !== 2) return undefined;
  for (const [index, key] of BEFORE.entries()) {
    const before = stringMember(node, key);
    const after = stringMember(node, AFTER[index] ?? '');
    if (before !== undefined && after !== undefined)
      return before === after ? undefined : { before, after };
  }
  return undefined;
}

function isEditorVerb(text: string, siblings: readonly JsonMember[]): boolean {
  return EDITOR_VERB.test(text) && named(PATH_NAMES, siblings).length > 0;
}

/** Of a program's name, the one list of its words that stands beside it. */
function wordsWith(
  name: string,
  text: string,
  siblings: readonly JsonMember[],
): readonly string[] | undefined {
  if (text === '' || !SHELL_NAMES.test(name) || isEditorVerb(text, siblings)) return undefined;
  const list = named(WORDS_NAMES, siblings);
  const value = list[0]?.value;
  if (list.length !== 1 || value?.kind !== 'array' || value.items.length === 0) return undefined;
  return allTexts(value.items);
}

function allTexts(items: readonly JsonNode[]): readonly string[] | undefined {
  const texts = items.flatMap((item) => (item.kind === 'string' ? item.value : []));
  return texts.length === items.length ? texts : undefined;
}

function isShellScript(name: string, text: string, siblings: readonly JsonMember[]): boolean {
  const language = named(LANGUAGE_NAMES, siblings)[0]?.value;
  if (language?.kind === 'string') return SHELL_LANGUAGES.test(language.value);
  return /^#!.*\b(?:ba|z|da|k)?sh\b/.test(text) || name.toLowerCase() === 'script';
}

function isUrl(text: string, schema: JsonNode | undefined): boolean {
  return (
    URL_TEXT.test(text) || (stringMember(schema, 'format') === 'uri' && !/\s/.test(text.trim()))
  );
}

function declaredType(
  siblings: readonly JsonMember[],
  schema: JsonNode | undefined,
): string | undefined {
  const beside = named(TYPE_NAMES, siblings)[0]?.value;
  return beside?.kind === 'string' ? beside.value : stringMember(schema, 'contentMediaType');
}

const foundNames = new WeakMap<readonly JsonMember[], Map<RegExp, readonly JsonMember[]>>();

/** Gone through once for each pattern: once for each member, an object of many thousands would take minutes. */
function named(names: RegExp, siblings: readonly JsonMember[]): readonly JsonMember[] {
  const known = foundNames.get(siblings) ?? new Map<RegExp, readonly JsonMember[]>();
  foundNames.set(siblings, known);
  const found = known.get(names) ?? siblings.filter(({ key }) => names.test(key));
  known.set(names, found);
  return found;
}
