'use client';

import { policyDraftSchema, type PolicyDraft } from '@holdpoint/contracts';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { send } from '../../lib/api.ts';
import { noteInAddress } from '../../lib/note-in-address.ts';
import { useApi } from '../../lib/use-api.ts';
import {
  DraftKeeper,
  type DraftApi,
  type DraftState,
  type DraftText,
  type LocalCopies,
  type LocalCopy,
} from './draft-keeper.ts';

export const DRAFTS = '/api/policy/drafts';
export const draftPath = (id: string) => `${DRAFTS}/${encodeURIComponent(id)}`;

const api: DraftApi = {
  create: (input) => send('POST', DRAFTS, input, policyDraftSchema),
  save: (id, input) => send('PUT', draftPath(id), input, policyDraftSchema),
};

/** A draft under the hand: its text, how its save stands, and what to do with it. */
export interface KeptDraft extends DraftState {
  readonly keeper: DraftKeeper;
  readonly edit: (change: Partial<DraftText>) => void;
}

/**
 * Keeps a draft on the gateway and, until it is there, in this browser. `start` is read once: give the
 * component that uses this a `key`.
 */
export function useDraft(start: PolicyDraft | DraftText, onMade: (id: string) => void): KeptDraft {
  const [keeper] = useState(() => new DraftKeeper(api, localCopies, start));
  const state = useSyncExternalStore(keeper.subscribe, keeper.state, keeper.state);
  const id = state.saved?.id;
  const { data: newest } = useApi(id === undefined ? null : draftPath(id), policyDraftSchema);
  useEffect(() => {
    if (newest !== undefined) keeper.receive(newest);
  }, [keeper, newest]);
  useEffect(() => {
    // The draft has an address from its first save on.
    if (id === undefined) return;
    if (!('id' in start)) onMade(id);
    noteInAddress(addressOf(id));
  }, [id]);
  useEffect(() => {
    const leave = () => void keeper.flush();
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      void keeper.flush();
    };
  }, [keeper]);
  return { ...state, keeper, edit: (change) => keeper.edit(change) };
}

function addressOf(id: string): string {
  const query = new URLSearchParams(window.location.search);
  query.set('draft', id);
  return `${window.location.pathname}?${query}${window.location.hash}`;
}

const keyOf = (id: string | null) => `holdpoint.policy-draft${id === null ? '' : `.${id}`}`;

const localCopies: LocalCopies = {
  read(id) {
    try {
      return toCopy(JSON.parse(localStorage.getItem(keyOf(id)) ?? 'null'));
    } catch {
      return null;
    }
  },
  write(id, copy) {
    try {
      if (copy === null) localStorage.removeItem(keyOf(id));
      else localStorage.setItem(keyOf(id), JSON.stringify(copy));
    } catch {
      // Without storage the text lives as long as the page.
    }
  },
};

function toCopy(stored: unknown): LocalCopy | null {
  if (!isRecord(stored) || !isRecord(stored['text'])) return null;
  const { text, revision } = stored;
  const { title, source, cases, base } = text;
  if (typeof title !== 'string' || typeof source !== 'string') return null;
  if (typeof cases !== 'string' || typeof base !== 'number') return null;
  return typeof revision === 'number' ? { text: { title, source, cases, base }, revision } : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
