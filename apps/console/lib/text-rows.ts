/** A row as it is laid out: a line of the text, or the next piece of one that is very long. */
export interface TextRow<Piece> {
  /** 1-based; `null` where the row goes on with the line before. */
  readonly line: number | null;
  readonly pieces: readonly Piece[];
}

/** One row of more characters than this makes a browser think. */
const MOST_IN_A_ROW = 2000;

/**
 * Pieces of a text in rows, nothing lost: line breaks are between the rows. A piece that is only a
 * line break stays, empty, at the end of its row, for whoever wants to show it.
 */
export function textRows<Piece extends { readonly text: string }>(
  pieces: readonly Piece[],
): TextRow<Piece>[] {
  const rows: { line: number | null; pieces: Piece[] }[] = [{ line: 1, pieces: [] }];
  let line = 1;
  let length = 0;
  const breakRow = (next: number | null) => {
    rows.push({ line: next, pieces: [] });
    length = 0;
  };
  const put = (piece: Piece, text: string) => {
    for (let at = 0; at < text.length;) {
      if (length >= MOST_IN_A_ROW) breakRow(null);
      const end = safeEnd(text, at, at + MOST_IN_A_ROW - length);
      rows.at(-1)?.pieces.push({ ...piece, text: text.slice(at, end) });
      length += end - at;
      at = end;
    }
  };
  for (const piece of pieces) {
    if (piece.text === '\n') {
      rows.at(-1)?.pieces.push({ ...piece, text: '' });
      breakRow((line += 1));
      continue;
    }
    for (const [index, part] of piece.text.split('\n').entries()) {
      if (index > 0) breakRow((line += 1));
      put(piece, part);
    }
  }
  return rows;
}

/** Not between the two halves of a character. */
function safeEnd(text: string, start: number, wanted: number): number {
  if (wanted >= text.length) return text.length;
  const isHalf = /[\ud800-\udbff]/.test(text[wanted - 1] ?? '');
  return isHalf ? (wanted - 1 > start ? wanted - 1 : wanted + 1) : wanted;
}
