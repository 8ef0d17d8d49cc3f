/** An approval's place in the list: which one, and what it is alike to. */
export interface Placed {
  readonly id: string;
  readonly group: string;
}

/** Alike calls, one below the other. The first of them stands for all as long as they are folded. */
interface Block {
  readonly group: string;
  readonly ids: readonly string[];
  /** Folded: 1. Unfolded: as many as there were then; what comes later waits to be asked for. */
  readonly shown: number;
}

/** The rows of the inbox in an order that holds still. */
export interface Arrangement {
  readonly grouped: boolean;
  readonly blocks: readonly Block[];
  /** What left the list while it was on the screen. It keeps its place until the person moves on. */
  readonly gone: ReadonlySet<string>;
}

/** One row. `alike` more of its block that still wait are not shown. */
export interface Line {
  readonly id: string;
  readonly group: string;
  readonly gone: boolean;
  readonly alike: number;
  readonly unfolded: boolean;
  readonly isMember: boolean;
}

export function arrange(items: readonly Placed[], grouped: boolean): Arrangement {
  return withArrivals({ grouped, blocks: [], gone: new Set() }, items);
}

/**
 * Brings the rows up to date with all that is listed now, without moving one of them: what left stays
 * in its place, marked; what is new joins its block unseen, or comes at the end.
 */
export function reconcile(arrangement: Arrangement, listed: readonly Placed[]): Arrangement {
  const now = new Set(listed.map(({ id }) => id));
  const gone = new Set(idsOf(arrangement).filter((id) => !now.has(id)));
  return withArrivals({ ...arrangement, gone }, listed);
}

/** The same for a few approvals of which it is known whether they are listed now. */
export function reconcileSome(
  arrangement: Arrangement,
  some: readonly (Placed & { readonly listed: boolean })[],
): Arrangement {
  const gone = new Set(arrangement.gone);
  const known = new Set(idsOf(arrangement));
  for (const { id, listed } of some) {
    if (listed) gone.delete(id);
    else if (known.has(id)) gone.add(id);
  }
  const arrivals = some.filter(({ listed }) => listed);
  return withArrivals({ ...arrangement, gone }, arrivals);
}

/** What stays when the person moves on: what is listed, and the one being opened. */
export function withoutGone(arrangement: Arrangement, openedId: string | null): Arrangement {
  const { gone } = arrangement;
  if (gone.size === 0) return arrangement;
  const stays = (id: string) => !gone.has(id) || id === openedId;
  const blocks = arrangement.blocks.flatMap((block): Block[] => {
    const ids = block.ids.filter(stays);
    if (ids.length === 0) return [];
    const shown = block.ids.slice(0, block.shown).filter(stays).length;
    return [{ ...block, ids, shown: Math.max(1, shown) }];
  });
  return {
    ...arrangement,
    blocks,
    gone: new Set(openedId !== null && gone.has(openedId) ? [openedId] : []),
  };
}

/** Shows all of a block, or folds it. */
export function toggled(arrangement: Arrangement, lead: string): Arrangement {
  const blocks = arrangement.blocks.map((block) => {
    if (block.ids[0] !== lead) return block;
    return { ...block, shown: block.shown < block.ids.length ? block.ids.length : 1 };
  });
  return { ...arrangement, blocks };
}

export function linesOf({ blocks, gone }: Arrangement): readonly Line[] {
  return blocks.flatMap(({ group, ids, shown }) => {
    const alike = ids.slice(shown).filter((id) => !gone.has(id)).length;
    return ids.slice(0, shown).map((id, index) => ({
      id,
      group,
      gone: gone.has(id),
      alike: index === 0 ? alike : 0,
      unfolded: index === 0 && shown > 1,
      isMember: index > 0,
    }));
  });
}

/** Every approval of the list, folded away or not, in its order. */
export function idsOf({ blocks }: Arrangement): readonly string[] {
  return blocks.flatMap(({ ids }) => ids);
}

/** Those of a group that still wait. */
export function membersOf({ blocks, gone }: Arrangement, group: string): readonly string[] {
  return blocks
    .filter((block) => block.group === group)
    .flatMap(({ ids }) => ids.filter((id) => !gone.has(id)));
}

/** The one after the opened one that still waits, from the top again at the end; `null` when there is no other. */
export function nextPending(arrangement: Arrangement, openedId: string | null): string | null {
  const ids = idsOf(arrangement);
  const index = openedId === null ? -1 : ids.indexOf(openedId);
  const inOrder = [...ids.slice(index + 1), ...ids.slice(0, Math.max(0, index))];
  return inOrder.find((id) => !arrangement.gone.has(id)) ?? null;
}

function withArrivals(arrangement: Arrangement, listed: readonly Placed[]): Arrangement {
  const known = new Set(idsOf(arrangement));
  const arrivals = listed.filter(({ id }) => !known.has(id));
  if (arrivals.length === 0) return arrangement;
  const blocks = [...arrangement.blocks];
  const positions = new Map(blocks.map(({ group }, index) => [group, index]));
  const joined = new Map<number, string[]>();
  for (const { id, group } of arrivals) {
    const position = arrangement.grouped ? positions.get(group) : undefined;
    if (position === undefined) {
      positions.set(group, blocks.length);
      blocks.push({ group, ids: [id], shown: 1 });
    } else {
      const ids = joined.get(position) ?? [];
      ids.push(id);
      joined.set(position, ids);
    }
  }
  for (const [position, ids] of joined) {
    const block = blocks[position];
    if (block !== undefined) blocks[position] = { ...block, ids: [...block.ids, ...ids] };
  }
  return { ...arrangement, blocks };
}
