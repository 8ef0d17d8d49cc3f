'use client';

import type { PolicyIssue } from '@holdpoint/contracts';
import { yaml } from '@codemirror/lang-yaml';
import { syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';
import { basicSetup } from 'codemirror';
import { useEffect, useImperativeHandle, useRef } from 'react';
import { pageNonce } from '../lib/nonce.ts';

export interface YamlEditorHandle {
  /** Puts the cursor at a place and brings it into sight; both 1-based. */
  jumpTo(line: number, column: number): void;
}

interface Props {
  value: string;
  onChange?: (value: string) => void;
  issues?: readonly PolicyIssue[];
  label: string;
  readOnly?: boolean;
  ref?: React.Ref<YamlEditorHandle>;
}

/** CodeMirror for YAML. Uncontrolled after its first text, save for texts that come from elsewhere. */
export function YamlEditor({ value, onChange, issues = [], label, readOnly = false, ref }: Props) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const first = useRef(value);
  const notify = useRef(onChange);
  useEffect(() => {
    notify.current = onChange;
  });

  useEffect(() => {
    if (parent.current === null) return;
    const editor = new EditorView({
      parent: parent.current,
      state: EditorState.create({
        doc: first.current,
        extensions: [
          EditorView.cspNonce.of(pageNonce()),
          basicSetup,
          syntaxHighlighting(classHighlighter),
          yaml(),
          lintGutter(),
          EditorView.lineWrapping,
          EditorState.readOnly.of(readOnly),
          // Named in the tab order, so that whoever has no pointer can scroll it.
          EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) notify.current?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, [label, readOnly]);

  useEffect(() => {
    const editor = view.current;
    first.current = value;
    if (editor === null || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    editor.dispatch(
      setDiagnostics(
        editor.state,
        issues.map((issue) => diagnosticOf(issue, editor.state)),
      ),
    );
  }, [issues]);

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

function diagnosticOf(issue: PolicyIssue, state: EditorState): Diagnostic {
  const from = offsetOf(state, issue.line, issue.column);
  const to = Math.max(from, offsetOf(state, issue.endLine, issue.endColumn));
  return { from, to, severity: 'error', message: issue.message };
}

/** The text may have changed since the gateway judged it: a place outside it becomes the nearest inside. */
function offsetOf(state: EditorState, line: number, column: number): number {
  const found = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
  return Math.min(found.from + Math.max(column - 1, 0), found.to);
}
