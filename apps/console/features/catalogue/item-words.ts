import type {
  CatalogueItem,
  CatalogueKind,
  DefinitionWord,
  Effect,
  Governance,
  ItemState,
} from '@holdpoint/contracts';
import type { Tone } from '../../ui/badge.tsx';

export const KINDS: Readonly<
  Record<CatalogueKind, { readonly one: string; readonly many: string }>
> = {
  tool: { one: 'tool', many: 'Tools' },
  prompt: { one: 'prompt', many: 'Prompts' },
  resource: { one: 'resource', many: 'Resources' },
  template: { one: 'resource template', many: 'Resource templates' },
};

export const STATES: Readonly<Record<ItemState, { readonly text: string; readonly tone: Tone }>> = {
  new: { text: 'new', tone: 'hold' },
  changed: { text: 'changed', tone: 'hold' },
  blocked: { text: 'blocked', tone: 'stop' },
  accepted: { text: 'accepted', tone: 'go' },
  missing: { text: 'missing', tone: 'neutral' },
};

export const EFFECT_TONES: Readonly<Record<Effect, Tone>> = {
  allow: 'go',
  hold: 'hold',
  deny: 'stop',
};

/** Whether the definition waits for an admin. */
export function isWaiting({ state }: Pick<CatalogueItem, 'state'>): boolean {
  return state === 'new' || state === 'changed';
}

/** How a definition came to be accepted or blocked, as the end of a sentence. */
export function wordText({ state, how, by }: DefinitionWord): string {
  switch (how) {
    case 'person':
      return `${state} by ${by ?? 'someone'}`;
    case 'first-list':
      return 'accepted on first use: it was in the first list after the connection was registered';
    case 'new-resource':
      return 'accepted as it came: new resources are';
    case 'setting':
      return 'accepted by itself, as the connection is set to';
    case 'upgrade':
      return 'accepted because it was known before catalogues were kept';
    default:
      return how satisfies never;
  }
}

/** What happens where no rule decides: `default: hold`. */
export function otherwiseText({ otherwise }: Governance): string {
  return otherwise.isMarkedReadOnly && otherwise.effect === 'allow'
    ? 'marked read-only: allow'
    : `default: ${otherwise.effect}`;
}

/** An item's place in the page's address. */
export function itemParam({ kind, name }: Pick<CatalogueItem, 'kind' | 'name'>): string {
  return `${kind}:${name}`;
}

/** The page on which an item is opened, from anywhere in the console. */
export function catalogueHref(
  connectionId: string,
  item: Pick<CatalogueItem, 'kind' | 'name'>,
): `/${string}` {
  const query = new URLSearchParams({ item: itemParam(item) });
  return `/connections/${encodeURIComponent(connectionId)}/catalogue?${query}`;
}

export function readItemParam(
  param: string,
): { readonly kind: CatalogueKind; readonly name: string } | undefined {
  const colon = param.indexOf(':');
  const kind = Object.keys(KINDS).find(
    (each): each is CatalogueKind => each === param.slice(0, colon),
  );
  const name = param.slice(colon + 1);
  return kind === undefined || name === '' ? undefined : { kind, name };
}
