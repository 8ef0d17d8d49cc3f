'use client';

import type { PolicyIssue } from '@holdpoint/contracts';
import { yaml } from '@codemirror/lang-yaml';
import { syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';
import { basicSetup } from 'codemirror';
import { useEffect, useImperativeHandle, useRef } from 'react';
import { pageNonce } from '../lib/nonce.ts';

export interface YamlEditorHandle {
  /** Puts the cursor at a place and brings it into sight; both 1-based. */
  jumpTo(line: number, column: number): void;
}

/** A mark in the text; what is no error is a warning. */
export interface YamlMark extends PolicyIssue {
  readonly severity: 'error' | 'warning';
}

/**
 * The state of an editor for YAML: text, cursor and history. It can be changed while no editor shows
 * it, so that a form and an editor share one text and one history.
 */
export function yamlState(doc: string, label: string, extensions: Extension): EditorState {
  return EditorState.create({
    doc,
    extensions: [
      EditorView.cspNonce.of(pageNonce()),
      basicSetup,
      syntaxHighlighting(classHighlighter),
      yaml(),
      lintGutter(),
      EditorView.lineWrapping,
      // Told, so that it never guesses: a file's line ends come out as they went in.
      EditorState.lineSeparator.of(/\r\n/.test(doc) && !/(^|[^\r])\n/.test(doc) ? '\r\n' : '\n'),
      // Named in the tab order, so that whoever has no pointer can scroll it.
      EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
      extensions,
    ],
  });
}

interface Props {
  /** What it begins with; later changes of the text come through `onView`. */
  state: EditorState;
  /** The view while there is one: changes are dispatched to it. */
  onView: (view: EditorView | null) => void;
  onState: (state: EditorState) => void;
  marks: readonly YamlMark[];
  ref?: React.Ref<YamlEditorHandle>;
}

/** CodeMirror for YAML. */
export function YamlEditor({ state, onView, onState, marks, ref }: Props) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const first = useRef(state);
  const notify = useRef({ onView, onState });
  useEffect(() => {
    notify.current = { onView, onState };
  });

  useEffect(() => {
    if (parent.current === null) return;
    const editor = new EditorView({
      parent: parent.current,
      state: first.current,
      dispatchTransactions: (transactions, target) => {
        target.update(transactions);
        notify.current.onState(target.state);
      },
    });
    view.current = editor;
    notify.current.onView(editor);
    // Where the cursor was when the text was last seen here.
    editor.dispatch({
      effects: EditorView.scrollIntoView(editor.state.selection.main, { y: 'center' }),
    });
    return () => {
      first.current = editor.state;
      notify.current.onView(null);
      editor.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    editor.dispatch(
      setDiagnostics(
        editor.state,
        marks.map((mark) => diagnosticOf(mark, editor.state)),
      ),
    );
  }, [marks]);

  useImperativeHandle(ref, () => ({
    jumpTo(line, column) {
      const editor = view.current;
      if (editor === null) return;
      const anchor = offsetOf(editor.state, line, column);
      editor.dispatch({
        selection: { anchor },
        effects: EditorView.scrollIntoView(anchor, { y: 'center' }),
      });
      editor.focus();
    },
  }));
  return <div ref={parent} className="yaml-editor" />;
}

function diagnosticOf(mark: YamlMark, state: EditorState): Diagnostic {
  const from = offsetOf(state, mark.line, mark.column);
  const to = Math.max(from, offsetOf(state, mark.endLine, mark.endColumn));
  return { from, to, severity: mark.severity, message: mark.message };
}

/** The text may have changed since the gateway judged it: a place outside it becomes the nearest inside. */
function offsetOf(state: EditorState, line: number, column: number): number {
  const found = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
  return Math.min(found.from + Math.max(column - 1, 0), found.to);
}
