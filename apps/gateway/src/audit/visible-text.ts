const MAX_CHARACTERS = 120;

/**
 * Agent- or upstream-controlled text for use inside a sentence: control, invisible and
 * direction-changing characters are written out, and a cut says how much is missing.
 */
export function visible(text: string): string {
  const characters = [...text.toWellFormed()];
  const shown = characters.slice(0, MAX_CHARACTERS).join('').replace(HIDDEN, writeOut);
  const missing = characters.length - MAX_CHARACTERS;
  return missing > 0 ? `${shown}… (${missing} more characters)` : shown;
}

/** Controls, format characters (bidi, zero width, tags), fillers, and separators other than the space. */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;

function writeOut(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
