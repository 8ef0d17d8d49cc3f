/** What the requests of a REST channel may name as `{word}`. */
export const TICKET_WORDS = [
  'title',
  'text',
  'link',
  'event',
  'severity',
  'approval',
  'step',
  'reference',
  'ticket',
  'status',
] as const;
export type TicketWord = (typeof TICKET_WORDS)[number];

/** Values of placeholders. Hostile text. */
export type TicketValues = Readonly<Record<TicketWord, string>>;

const PLACEHOLDER = /\{([a-z]+)\}/g;

/** A sentence for the admin who wrote it, or nothing. */
export function faultOfUrl(url: string, words: readonly TicketWord[]): string | undefined {
  // What an agent wrote never chooses the host.
  if (!/^https?:\/\/[^/?#{}@\s]+(\/|$)/i.test(url) || URL.parse(url) === null)
    return 'An http or https address; placeholders only behind its host.';
  return unknownWord(url, words);
}

/** Placeholders stand in the texts of a JSON document, so that no value can end one. */
export function faultOfBody(body: string, words: readonly TicketWord[]): string | undefined {
  const tree = parsed(body);
  if (tree === undefined) return 'A JSON document; placeholders stand within its texts.';
  return unknownWord(textsOf(tree).join(' '), words);
}

function unknownWord(text: string, words: readonly TicketWord[]): string | undefined {
  const unknown = [...text.matchAll(PLACEHOLDER)]
    .map(([, word = '']) => word)
    .find((word) => !words.some((known) => known === word));
  return unknown === undefined
    ? undefined
    : `There is no {${unknown}} here. There is: ${words.map((word) => `{${word}}`).join(', ')}.`;
}

/** The address with each value encoded as one part of it. */
export function filledUrl(url: string, values: TicketValues): string {
  return url.replaceAll(PLACEHOLDER, (_whole, word: string) => encoded(valueOf(values, word)));
}

/** The body with each value as text within a text, whatever it is made of. */
export function filledBody(body: string, values: TicketValues): string {
  return JSON.stringify(filled(parsed(body), values));
}

function filled(node: unknown, values: TicketValues): unknown {
  if (typeof node === 'string')
    return node.replaceAll(PLACEHOLDER, (_whole, word: string) => valueOf(values, word));
  if (Array.isArray(node)) return node.map((each: unknown) => filled(each, values));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([name, of]) => [name, filled(of, values)]));
}

function textsOf(node: unknown): string[] {
  if (typeof node === 'string') return [node];
  if (typeof node !== 'object' || node === null) return [];
  return Object.values(node).flatMap(textsOf);
}

function valueOf(values: TicketValues, word: string): string {
  return Object.entries(values).find(([name]) => name === word)?.[1] ?? '';
}

/** @throws Error for dots alone: in an address they are the way up, encoded or not */
function encoded(value: string): string {
  if (/^\.+$/.test(value)) throw new Error('Dots alone are no part of an address.');
  return encodeURIComponent(value.toWellFormed());
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
