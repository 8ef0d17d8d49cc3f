'use client';

import { isolateHistory, redo, redoDepth, undo, undoDepth } from '@codemirror/commands';
import type { EditorState, Extension, TransactionSpec } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { yamlState } from '../../../ui/yaml-editor.tsx';

/** One text with one history, whichever view changes it. */
export interface PolicyDocument {
  readonly text: string;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** Makes it another text, in one step of the history. */
  change(text: string): void;
  undo(): void;
  redo(): void;
  /** For the editor that shows it. */
  current(): EditorState;
  onState(state: EditorState): void;
  onView(view: EditorView | null): void;
}

/**
 * @param value the text as its owner has it; one that differs from ours replaces it, undoably
 */
export function usePolicyDocument(
  value: string,
  onChange: (text: string) => void,
  extensions: () => Extension,
): PolicyDocument {
  const [initial] = useState(() => yamlState(value, 'Policy, as YAML', extensions()));
  const state = useRef(initial);
  const view = useRef<EditorView | null>(null);
  const emitted = useRef(value);
  const notify = useRef(onChange);
  const [shown, setShown] = useState({ text: value, canUndo: false, canRedo: false });
  useEffect(() => {
    notify.current = onChange;
  });

  const onState = useCallback((next: EditorState) => {
    const isSame = next.doc.eq(state.current.doc);
    state.current = next;
    if (isSame) return;
    const text = textOf(next);
    setShown({ text, canUndo: undoDepth(next) > 0, canRedo: redoDepth(next) > 0 });
    if (text === emitted.current) return;
    emitted.current = text;
    notify.current(text);
  }, []);
  const dispatch = useCallback(
    (spec: TransactionSpec) => {
      if (view.current === null) onState(state.current.update(spec).state);
      else view.current.dispatch(spec);
    },
    [onState],
  );
  const change = useCallback(
    (text: string) => {
      const changes = spliceTo(state.current, text);
      if (changes !== undefined) dispatch({ changes, annotations: isolateHistory.of('full') });
    },
    [dispatch],
  );
  const step = useCallback(
    (command: typeof undo) => {
      command({
        state: state.current,
        dispatch: (transaction) => {
          if (view.current === null) onState(transaction.state);
          else view.current.dispatch(transaction);
        },
      });
    },
    [onState],
  );

  useEffect(() => {
    if (value === emitted.current) return;
    emitted.current = value;
    change(value);
  }, [value, change]);

  return useMemo(
    () => ({
      ...shown,
      change,
      undo: () => step(undo),
      redo: () => step(redo),
      current: () => state.current,
      onState,
      onView: (next) => {
        view.current = next;
      },
    }),
    [shown, change, step, onState],
  );
}

/** With the line ends that the file has: see `yamlState`. */
function textOf(state: EditorState): string {
  return state.sliceDoc();
}

/** The smallest replacement that makes another text of what is there, so that a cursor elsewhere stays. */
function spliceTo(state: EditorState, text: string) {
  // Positions count a line's end as one, however it is written.
  const before = state.doc.toString();
  const after = text.replaceAll(state.lineBreak, '\n');
  if (before === after) return undefined;
  let from = 0;
  const shorter = Math.min(before.length, after.length);
  while (from < shorter && before[from] === after[from]) from += 1;
  let tail = 0;
  while (tail < shorter - from && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const insert = after.slice(from, after.length - tail).replaceAll('\n', state.lineBreak);
  return { from, to: before.length - tail, insert };
}
