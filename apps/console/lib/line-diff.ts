/** One line of a difference; `before`/`after` are its 1-based numbers on each side. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
  readonly before: number | null;
  readonly after: number | null;
}

/** Above this many cells the table costs more than a finer difference is worth. */
const MOST_CELLS = 4_000_000;

/** What changed between two texts, by longest common subsequence of their lines. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const old = before.split('\n');
  const fresh = after.split('\n');
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head += 1;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < fresh.length - head &&
    old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]
  ) {
    tail += 1;
  }

  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  const same = () => lines.push({ kind: 'same', text: old[i] ?? '', before: ++i, after: ++j });
  const remove = () =>
    lines.push({ kind: 'removed', text: old[i] ?? '', before: ++i, after: null });
  const add = () => lines.push({ kind: 'added', text: fresh[j] ?? '', before: null, after: ++j });

  const oldEnd = old.length - tail;
  const freshEnd = fresh.length - tail;
  while (i < head) same();
  const common = commonLengths(old.slice(head, oldEnd), fresh.slice(head, freshEnd));
  while (i < oldEnd && j < freshEnd) {
    if (old[i] === fresh[j] && common !== null) same();
    else if (common !== null && common(i + 1 - head, j - head) >= common(i - head, j + 1 - head))
      remove();
    else if (common !== null) add();
    else remove();
  }
  while (i < oldEnd) remove();
  while (j < freshEnd) add();
  while (i < old.length) same();
  return lines;
}

/** Length of the longest common subsequence of the rests from (i, j); `null` when the texts are too long. */
function commonLengths(
  old: readonly string[],
  fresh: readonly string[],
): ((i: number, j: number) => number) | null {
  const width = fresh.length + 1;
  if ((old.length + 1) * width > MOST_CELLS) return null;
  const table = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number) => table[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = fresh.length - 1; j >= 0; j -= 1) {
      table[i * width + j] =
        old[i] === fresh[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  return at;
}
