import { describe, expect, it } from '@jest/globals';
import type { PolicyDraft } from '@holdpoint/contracts';
import { ApiFailure } from '../../lib/api.ts';
import { DraftKeeper, type DraftApi, type DraftText, type LocalCopy } from './draft-keeper.ts';

const TEXT: DraftText = { title: 'x', source: 'rules: []', cases: '', base: 1 };

function draft(revision: number, text: Partial<DraftText> = {}, savedBy = 'Mara'): PolicyDraft {
  const at = '2026-11-22T15:00:00.000Z';
  return {
    ...TEXT,
    ...text,
    id: '019aa000-0000-7000-8000-000000000001',
    revision,
    createdBy: 'Mara',
    createdAt: at,
    savedBy,
    savedByKey: `issuer|${savedBy}`,
    savedAt: at,
    discarded: null,
    publishedAs: null,
    proposalId: null,
  };
}

/** A gateway with one draft, as strict as the real one; `cut` is a lost connection. */
function gateway(begin: PolicyDraft | null = null) {
  let kept = begin;
  const copies = new Map<string | null, LocalCopy>();
  const line = { cut: false };
  const api: DraftApi = {
    create(input) {
      if (line.cut) return Promise.reject(new ApiFailure('network', 'away'));
      kept = draft(1, { ...input, cases: input.cases ?? '' }, 'Adrian');
      return Promise.resolve(kept);
    },
    save(_, { revision, ...text }) {
      if (line.cut) return Promise.reject(new ApiFailure('network', 'away'));
      if (kept === null) throw new Error('There is no draft.');
      if (revision !== kept.revision)
        return Promise.reject(new ApiFailure('draft_conflict', 'no', { details: { draft: kept } }));
      kept = { ...kept, ...text, revision: revision + 1, savedBy: 'Adrian' } as PolicyDraft;
      return Promise.resolve(kept);
    },
  };
  const local = {
    read: (id: string | null) => copies.get(id) ?? null,
    write: (id: string | null, copy: LocalCopy | null) =>
      void (copy === null ? copies.delete(id) : copies.set(id, copy)),
  };
  return {
    line,
    copies,
    open: (start: PolicyDraft | DraftText = TEXT) => new DraftKeeper(api, local, start),
    somebodySaves: (source: string) =>
      (kept = draft((kept?.revision ?? 0) + 1, { source }, 'Mara')),
    kept: () => kept,
  };
}

describe('a kept draft', () => {
  it('is made by the first change, and saved by the next ones', async () => {
    const on = gateway();
    const keeper = on.open();
    expect(await keeper.flush()).toBeNull();
    keeper.edit({ source: 'a' });
    expect(await keeper.flush()).toMatchObject({ revision: 1 });
    keeper.edit({ source: 'b' });
    expect(await keeper.flush()).toMatchObject({ revision: 2 });
    expect(on.kept()).toMatchObject({ source: 'b' });
    expect(on.copies.size).toBe(0);
  });

  it('saves what was typed while a save was under way', async () => {
    const on = gateway();
    const keeper = on.open();
    keeper.edit({ source: 'a' });
    const first = keeper.flush();
    keeper.edit({ source: 'ab' });
    await first;
    await keeper.flush();
    expect(on.kept()?.source).toBe('ab');
    keeper.stop();
  });

  it('follows somebody else where nothing is unsaved', () => {
    const keeper = gateway(draft(1)).open(draft(1));
    keeper.receive(draft(2, { source: 'theirs' }));
    expect(keeper.state()).toMatchObject({ status: 'saved', text: { source: 'theirs' } });
    keeper.receive(draft(1, { source: 'older' }));
    expect(keeper.state().text.source).toBe('theirs');
  });

  // Guarantee: neither text is lost, and none overwrites the other unasked.
  it('stops at a conflict until it is resolved', async () => {
    const on = gateway(draft(1));
    const keeper = on.open(draft(1));
    const theirs = on.somebodySaves('theirs');
    keeper.edit({ source: 'mine' });
    expect(await keeper.flush()).toBeNull();
    expect(keeper.state()).toMatchObject({ conflict: theirs, text: { source: 'mine' } });
    keeper.edit({ source: 'mine, longer' });
    expect(await keeper.flush()).toBeNull();
    expect(on.kept()?.source).toBe('theirs');
    expect([...on.copies.values()]).toMatchObject([{ text: { source: 'mine, longer' } }]);

    keeper.resolve({ source: 'both' });
    expect(await keeper.flush()).toMatchObject({ revision: 3 });
    expect(on.kept()?.source).toBe('both');
  });

  it('takes theirs when asked to', async () => {
    const on = gateway(draft(1));
    const keeper = on.open(draft(1));
    on.somebodySaves('theirs');
    keeper.edit({ source: 'mine' });
    await keeper.flush();
    keeper.takeTheirs();
    expect(keeper.state()).toMatchObject({ conflict: null, text: { source: 'theirs' } });
    expect(on.copies.size).toBe(0);
  });

  it('keeps the text in the browser while the gateway is away, also over a reload', async () => {
    const on = gateway(draft(1));
    const keeper = on.open(draft(1));
    on.line.cut = true;
    keeper.edit({ source: 'typed offline' });
    expect(await keeper.flush()).toBeNull();
    expect(keeper.state().status).toBe('offline');
    keeper.stop();
    on.line.cut = false;
    const again = on.open(draft(1));
    expect(again.state().text.source).toBe('typed offline');
    expect(await again.flush()).toMatchObject({ revision: 2 });
  });

  it('shows a conflict where somebody saved between the reload and what this browser kept', () => {
    const on = gateway(draft(2, { source: 'theirs' }));
    on.copies.set(draft(1).id, { text: { ...TEXT, source: 'mine' }, revision: 1 });
    const keeper = on.open(draft(2, { source: 'theirs' }));
    expect(keeper.state()).toMatchObject({
      conflict: { revision: 2 },
      text: { source: 'mine' },
    });
  });
});
