/** What became of two changes of one text. */
export interface Merged {
  readonly text: string;
  /** Places that both changed; each is marked in the text, for a person to decide. */
  readonly places: number;
}

/** Merges by lines. Only pages that need it load the library. */
export async function mergeTexts(
  mine: string,
  before: string,
  theirs: string,
  names: { readonly mine: string; readonly theirs: string },
): Promise<Merged> {
  const { diff3Merge } = await import('node-diff3');
  const regions = diff3Merge(lines(mine), lines(before), lines(theirs), {
    excludeFalseConflicts: true,
  });
  let places = 0;
  const text = regions.flatMap(({ ok, conflict }) => {
    if (conflict === undefined) return ok ?? [];
    places += 1;
    return [
      `<<<<<<< ${names.mine}`,
      ...conflict.a,
      '=======',
      ...conflict.b,
      `>>>>>>> ${names.theirs}`,
    ];
  });
  return { text: text.join('\n'), places };
}

const lines = (text: string) => text.split('\n');
