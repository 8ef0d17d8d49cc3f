const CLOSED = /[.!?…。！？][)\]}"'»”’]*$/u;

/** What a person wrote, ended as a sentence where it isn't one, so that the next one doesn't run into it. */
export function asSentence(text: string): string {
  const written = text.trimEnd();
  return written === '' || CLOSED.test(written) ? written : `${written}.`;
}
