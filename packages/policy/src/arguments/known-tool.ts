/** A tool as its upstream describes it. */
export interface KnownTool {
  readonly connection: string;
  readonly name: string;
  /** JSON Schema of the arguments: an upstream's, so hostile. */
  readonly inputSchema: unknown;
}

/** How many tools a warning names; the rest are counted. */
const NAMED_TOOLS = 3;

/** `"query" of "prod"`, for the first few. */
export function namesOf(tools: readonly KnownTool[]): string {
  const named = tools
    .slice(0, NAMED_TOOLS)
    .map(({ name, connection }) => `${quoted(name)} of ${quoted(connection)}`);
  const more = tools.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}

const MAX_QUOTED = 80;

/** A text of an upstream, as it may stand in a message: short, and nothing in it unseen. */
export function quoted(text: string): string {
  const shown = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
  return JSON.stringify(shown.toWellFormed()).replace(
    /[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
