'use client';

import { autocompletion, closeBrackets, type CompletionContext } from '@codemirror/autocomplete';
import { standardKeymap } from '@codemirror/commands';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import {
  conditionCompletions,
  type PolicyVocabulary,
  type RuleValues,
} from '@holdpoint/policy/edit';
import { useEffect, useRef } from 'react';
import { pageNonce } from '../../../lib/nonce.ts';
import { optionsOf } from '../editor/policy-language.ts';

const PAUSE_MS = 400;

/** A condition as CEL, with completion. Without a history of its own: that is the document's. */
export function CelField({
  label,
  error,
  value,
  onCommit,
  rule,
  vocabulary,
}: {
  label: string;
  error?: string | undefined;
  value: string;
  onCommit: (value: string) => void;
  rule: RuleValues;
  vocabulary: PolicyVocabulary;
}) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef({ value, onCommit, rule, vocabulary });
  useEffect(() => {
    latest.current = { value, onCommit, rule, vocabulary };
  });

  useEffect(() => {
    if (parent.current === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      clearTimeout(timer);
      const text = view.current?.state.sliceDoc() ?? latest.current.value;
      if (text !== latest.current.value) latest.current.onCommit(text);
    };
    const complete = (context: CompletionContext) => {
      const typed = context.state.sliceDoc(0, context.pos);
      const { rule: about, vocabulary: known } = latest.current;
      const found = conditionCompletions(typed, about, known);
      return found === undefined ? null : optionsOf(found.from, found.suggestions, context);
    };
    const editor = new EditorView({
      parent: parent.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          EditorView.cspNonce.of(pageNonce()),
          autocompletion({ override: [complete], icons: false }),
          closeBrackets(),
          keymap.of(standardKeymap),
          EditorState.lineSeparator.of('\n'),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorView.domEventHandlers({
            blur: flush,
            keydown: (event) => {
              // What an undo takes back must be in the document first.
              if ((event.ctrlKey || event.metaKey) && /^[zy]$/i.test(event.key)) flush();
            },
          }),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return;
            clearTimeout(timer);
            timer = setTimeout(flush, PAUSE_MS);
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      clearTimeout(timer);
      editor.destroy();
      view.current = null;
    };
  }, [label]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.sliceDoc() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  return (
    <div className="flex min-w-0 flex-1 flex-col gap-1">
      <div ref={parent} className={`cel-field ${error === undefined ? '' : 'cel-field-wrong'}`} />
      {error !== undefined && (
        <p className="text-sm font-medium text-stop" data-field-error>
          {error}
        </p>
      )}
    </div>
  );
}
