import {
  draftConflictDetailsSchema,
  type DraftAt,
  type PolicyDraft,
  type PolicyDraftInput,
  type PolicyDraftSave,
} from '@holdpoint/contracts';
import { ApiFailure, toFailure } from '../../lib/api.ts';

/** What is written; the rest of a draft is about who wrote it and when. */
export interface DraftText {
  readonly title: string;
  readonly source: string;
  readonly cases: string;
  readonly base: number;
}

export type SaveStatus = 'untouched' | 'saved' | 'unsaved' | 'saving' | 'offline';

export interface DraftState {
  readonly text: DraftText;
  /** As the gateway has it; `null` until the first save. */
  readonly saved: PolicyDraft | null;
  readonly status: SaveStatus;
  /** Somebody else's save that ours was not written on. Nothing is saved until it is resolved. */
  readonly conflict: PolicyDraft | null;
  readonly failure: ApiFailure | undefined;
}

export interface DraftApi {
  create(input: PolicyDraftInput): Promise<PolicyDraft>;
  save(id: string, input: PolicyDraftSave): Promise<PolicyDraft>;
}

/** What this browser remembers of an unsaved text: for a lost connection, a reload, a sign-out. */
export interface LocalCopy {
  readonly text: DraftText;
  /** The save that it was written on; 0 where there was none. */
  readonly revision: number;
}

export interface LocalCopies {
  read(id: string | null): LocalCopy | null;
  write(id: string | null, copy: LocalCopy | null): void;
}

const PAUSE_MS = 800;
const RETRY_MS = 5000;

/**
 * Keeps one draft: saves when typing pauses, never over what somebody else saved, and never forgets a
 * text that the gateway doesn't have yet.
 */
export class DraftKeeper {
  #state: DraftState;
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> | undefined;
  readonly #api: DraftApi;
  readonly #copies: LocalCopies;

  constructor(api: DraftApi, copies: LocalCopies, start: PolicyDraft | DraftText) {
    this.#api = api;
    this.#copies = copies;
    const saved = 'revision' in start ? start : null;
    this.#state = {
      text: textOf(start),
      saved,
      status: saved === null ? 'untouched' : 'saved',
      conflict: null,
      failure: undefined,
    };
    this.#recover();
  }

  readonly state = (): DraftState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  edit(change: Partial<DraftText>): void {
    const text = { ...this.#state.text, ...change };
    if (sameText(text, this.#state.text)) return;
    this.#set({ text, status: 'unsaved', failure: undefined });
    this.#remember();
    this.#schedule(PAUSE_MS);
  }

  /** What the gateway has now, as a hint or a poll brought it. */
  receive(draft: PolicyDraft): void {
    const { saved, text, conflict } = this.#state;
    // The answer to a save under way says more than this.
    if (saved === null || this.#saving !== undefined) return;
    if (draft.revision <= (conflict ?? saved).revision) return;
    if (sameText(text, textOf(saved)) || sameText(text, textOf(draft))) this.#adopt(draft);
    else this.#collide(draft);
  }

  /** Saves now. The draft as the gateway then has it; `null` where that is not our text. */
  async flush(): Promise<DraftAt | null> {
    clearTimeout(this.#timer);
    await this.#saving;
    if (this.#isDirty()) await this.#save();
    const { saved } = this.#state;
    if (saved === null || this.#isDirty()) return null;
    return { id: saved.id, revision: saved.revision };
  }

  /** Ours, or a text made of both, on top of the other's save. */
  resolve(text: Partial<DraftText>): void {
    const { conflict } = this.#state;
    if (conflict === null) return;
    this.#set({
      text: { ...this.#state.text, ...text },
      saved: conflict,
      conflict: null,
      status: 'unsaved',
    });
    this.#remember();
    this.#schedule(0);
  }

  /** The other's text in place of ours. */
  takeTheirs(): void {
    const { conflict } = this.#state;
    if (conflict !== null) this.#adopt(conflict);
  }

  /** Forgets the browser's copy: the draft was published or discarded. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#copies.write(this.#state.saved?.id ?? null, null);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #recover(): void {
    const { saved } = this.#state;
    const copy = this.#copies.read(saved?.id ?? null);
    if (copy === null || sameText(copy.text, this.#state.text)) return;
    const isOnTop = copy.revision === (saved?.revision ?? 0);
    this.#set(
      isOnTop
        ? { text: copy.text, status: 'unsaved' }
        : { text: copy.text, status: 'unsaved', conflict: saved },
    );
    if (isOnTop) this.#schedule(PAUSE_MS);
  }

  #schedule(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#save(), afterMs);
  }

  #save(): Promise<void> {
    if (this.#state.conflict !== null || !this.#isDirty()) return Promise.resolve();
    this.#saving ??= this.#send().finally(() => (this.#saving = undefined));
    return this.#saving;
  }

  async #send(): Promise<void> {
    const { text, saved } = this.#state;
    this.#set({ status: 'saving' });
    try {
      const next =
        saved === null
          ? await this.#api.create(text)
          : await this.#api.save(saved.id, { ...text, revision: saved.revision });
      if (saved === null) this.#copies.write(null, null);
      this.#set({ saved: next, failure: undefined });
      this.#settle();
    } catch (error) {
      this.#fail(toFailure(error));
    }
  }

  /** After a save: whether something was typed meanwhile. */
  #settle(): void {
    if (this.#isDirty()) {
      this.#set({ status: 'unsaved' });
      this.#remember();
      this.#schedule(PAUSE_MS);
      return;
    }
    this.#set({ status: 'saved' });
    this.#copies.write(this.#state.saved?.id ?? null, null);
  }

  #fail(failure: ApiFailure): void {
    const details = draftConflictDetailsSchema.safeParse(failure.details);
    if (failure.code === 'draft_conflict' && details.success) {
      const { draft } = details.data;
      if (sameText(this.#state.text, textOf(draft))) this.#adopt(draft);
      else this.#collide(draft);
      return;
    }
    const isAway = failure.code === 'network' || failure.code === 'database_unavailable';
    this.#set({ status: isAway ? 'offline' : 'unsaved', failure });
    if (isAway) this.#schedule(RETRY_MS);
  }

  #collide(draft: PolicyDraft): void {
    clearTimeout(this.#timer);
    this.#set({ conflict: draft, status: 'unsaved', failure: undefined });
  }

  #adopt(draft: PolicyDraft): void {
    clearTimeout(this.#timer);
    this.#set({
      saved: draft,
      text: textOf(draft),
      status: 'saved',
      conflict: null,
      failure: undefined,
    });
    this.#copies.write(draft.id, null);
  }

  #remember(): void {
    const { saved, text } = this.#state;
    this.#copies.write(saved?.id ?? null, { text, revision: saved?.revision ?? 0 });
  }

  #isDirty(): boolean {
    const { saved, text, status } = this.#state;
    return saved === null ? status !== 'untouched' : !sameText(text, textOf(saved));
  }

  #set(change: Partial<DraftState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function textOf({ title, source, cases, base }: DraftText): DraftText {
  return { title, source, cases, base };
}

function sameText(one: DraftText, other: DraftText): boolean {
  return (
    one.title === other.title &&
    one.source === other.source &&
    one.cases === other.cases &&
    one.base === other.base
  );
}
