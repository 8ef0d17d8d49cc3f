import type {
  CatalogueItem,
  CatalogueItemDetail,
  DefinitionWord,
  Governance,
  ItemState,
} from '@holdpoint/contracts';
import { parseJson, stringMember } from '@holdpoint/mcp';
import type { ItemRow, WordRow } from './catalogue-item.repository.ts';

const MAX_DESCRIPTION = 500;

/** An item as the console's list shows it. */
export function toItem(row: ItemRow, governance: Governance): CatalogueItem {
  const node = parseJson(row.definition, { mode: 'lenient' });
  return {
    kind: row.kind,
    name: row.name,
    title: stringMember(node, 'title') ?? null,
    description: stringMember(node, 'description')?.slice(0, MAX_DESCRIPTION) ?? null,
    digest: row.digest,
    state: stateOf(row),
    firstSeenAt: row.first_seen_at.toISOString(),
    changedAt: row.changed_at.toISOString(),
    seenAt: row.seen_at.toISOString(),
    missingSince: row.missing_since?.toISOString() ?? null,
    word: wordOf(row),
    governance,
  };
}

/** With its definition, what it is compared with, and all that was said. */
export function toDetail(
  row: ItemRow,
  words: readonly WordRow[],
  governance: Governance,
): CatalogueItemDetail {
  const accepted = words.find(({ state, digest }) => state === 'accepted' && digest !== row.digest);
  return {
    ...toItem(row, governance),
    definition: row.definition,
    accepted: accepted
      ? {
          digest: accepted.digest,
          definition: accepted.definition,
          at: accepted.at.toISOString(),
        }
      : null,
    history: words.map(({ digest, state, how, by, note, at }) => ({
      digest,
      state,
      how,
      by,
      note,
      at: at.toISOString(),
    })),
  };
}

function stateOf(row: ItemRow): ItemState {
  if (row.missing_since !== null) return 'missing';
  return row.state ?? (row.was_accepted ? 'changed' : 'new');
}

function wordOf({ state, how, by, note, said_at: at }: ItemRow): DefinitionWord | null {
  return state === null || how === null || at === null
    ? null
    : { state, how, by, note, at: at.toISOString() };
}
