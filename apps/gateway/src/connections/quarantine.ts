import type { CatalogueKind } from '@holdpoint/contracts';
import type { Word } from './catalogue.repository.ts';

/** Why calls of an item don't simply pass: nobody accepted the definition that it has now. */
export interface Quarantined {
  readonly kind: CatalogueKind;
  readonly why: 'new' | 'changed' | 'blocked' | 'unlisted';
  /** Since when it is defined like this; none for what isn't listed. */
  readonly since: Date | undefined;
}

/** How a definition stands, by what was said about definitions of its item. */
export function standingOf(
  digest: string,
  words: ReadonlyMap<string, Word> | undefined,
): Word | 'new' | 'changed' {
  const word = words?.get(digest);
  if (word !== undefined) return word;
  return [...(words?.values() ?? [])].includes('accepted') ? 'changed' : 'new';
}

const CALLED: Readonly<Record<CatalogueKind, string>> = {
  tool: 'tool',
  prompt: 'prompt',
  resource: 'resource',
  template: 'resource template',
};

/** For reviewers and agents. Names nothing of the upstream's. */
export function quarantineReason({ kind, why, since }: Quarantined): string {
  const what = CALLED[kind];
  const when =
    since === undefined ? '' : ` on ${since.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  switch (why) {
    case 'changed':
      return `The definition of this ${what} changed${when}, and no admin has accepted it yet.`;
    case 'new':
      return `This ${what} is new: it was first seen${when}, and no admin has accepted its definition yet.`;
    case 'unlisted':
      return `The upstream does not list this ${what}, so no admin could accept it.`;
    case 'blocked':
      return `An admin blocked this ${what} as it is defined now.`;
    default:
      return why satisfies never;
  }
}
