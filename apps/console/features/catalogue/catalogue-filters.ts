import type { Catalogue, CatalogueItem } from '@holdpoint/contracts';
import { isWaiting } from './item-words.ts';

export const FILTERS = ['q', 'kind', 'state', 'rule', 'item'] as const;
export type FilterName = (typeof FILTERS)[number];

const KIND_ORDER: readonly CatalogueItem['kind'][] = ['tool', 'prompt', 'template', 'resource'];

/** What waits comes first, what is gone last; then by kind and name. */
function inOrder(items: readonly CatalogueItem[]): readonly CatalogueItem[] {
  const rank = (item: CatalogueItem) => (isWaiting(item) ? 0 : item.state === 'missing' ? 2 : 1);
  return items.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind) ||
      (a.name < b.name ? -1 : 1),
  );
}

/** The items that the filters of the page leave. */
export function filtered(
  items: readonly CatalogueItem[],
  value: (name: FilterName) => string,
): readonly CatalogueItem[] {
  const words = value('q').toLowerCase();
  const [kind, state, rule] = [value('kind'), value('state'), value('rule')];
  return inOrder(items).filter(
    (item) =>
      (kind === '' || item.kind === kind) &&
      (state === '' || item.state === state || (state === 'waiting' && isWaiting(item))) &&
      (rule === '' || item.governance.governed === rule) &&
      (words === '' ||
        [item.name, item.title ?? '', item.description ?? ''].some((text) =>
          text.toLowerCase().includes(words),
        )),
  );
}

/** What stands out, for the top of the page. Missing items can't be called. */
export function countsOf({ items }: Pick<Catalogue, 'items'>) {
  const present = items.filter(({ state }) => state !== 'missing');
  return {
    waiting: items.filter(isWaiting).length,
    blocked: items.filter(({ state }) => state === 'blocked').length,
    ungoverned: present.filter(({ governance }) => governance.governed === 'none').length,
    accepted: items.filter(({ state }) => state === 'accepted').length,
    missing: items.length - present.length,
  };
}
