'use client';

import type { PolicyValidation } from '@holdpoint/contracts';
import { readPolicyText, type PolicyReading, type PolicyVocabulary } from '@holdpoint/policy/edit';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { plural } from '../../../lib/format.ts';
import { useUrlFilters } from '../../../lib/use-url-filters.ts';
import { Button } from '../../../ui/button.tsx';
import { YamlEditor, type YamlEditorHandle, type YamlMark } from '../../../ui/yaml-editor.tsx';
import { nameOf, openedIn, RuleBuilder } from '../builder/rule-builder.tsx';
import { DraftPanels, type EditCases } from './draft-panels.tsx';
import { policyLanguage } from './policy-language.ts';
import { ProblemList } from './problem-list.tsx';
import { usePolicyDocument } from './use-policy-document.ts';
import { useUndoKeys } from './use-undo-keys.ts';
import { useVocabulary } from './use-vocabulary.ts';

interface Props {
  source: string;
  onChange: (source: string) => void;
  /** What the gateway says about this very text; `undefined` while it has not said yet. */
  result: PolicyValidation | undefined;
  /** Shown where the answer would be, while there is none. */
  pending: React.ReactNode;
  /** Where test cases are kept with the text. */
  onCases?: EditCases;
}

const VIEWS = [
  { name: 'rules', label: 'Rules' },
  { name: 'yaml', label: 'YAML' },
] as const;

/** The rules as forms and as text: two views of one document, with one history. */
export function PolicyWorkbench({ source, onChange, result, pending, onCases }: Props) {
  const url = useUrlFilters(['view', 'rule']);
  const view = url.value('view') === 'yaml' ? 'yaml' : 'rules';
  const editor = useRef<YamlEditorHandle>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [jump, setJump] = useState<YamlMark>();
  const vocabulary = useRef<PolicyVocabulary>({
    connections: [],
    groups: [],
    chains: [],
    methods: [],
  });
  const document = usePolicyDocument(source, onChange, () =>
    policyLanguage(() => vocabulary.current),
  );
  useUndoKeys(frame, document);
  const reading = useReading(document.text, view === 'rules');
  const known = useVocabulary(reading);
  useEffect(() => {
    vocabulary.current = known;
  });
  const marks = useMemo(() => marksOf(result), [result]);

  // Where a mark leads exists only once the editor is there.
  useEffect(() => {
    if (view !== 'yaml' || jump === undefined) return;
    editor.current?.jumpTo(jump.line, jump.column);
    setJump(undefined);
  }, [view, jump]);
  const showInYaml = (line: number, column = 1) => {
    url.set('view', 'yaml');
    setJump({ ...NO_MARK, line, column });
  };

  /** The opened rule and the cursor follow each other. */
  const showAs = (name: 'rules' | 'yaml') => {
    const rules = reading.readable ? reading.rules : [];
    const opened = rules[openedIn(rules, url.value('rule'))];
    if (name === view) return;
    if (name === 'yaml' && opened !== undefined) return showInYaml(opened.line);
    const { doc, selection } = document.current();
    const cursor = doc.lineAt(selection.main.head).number;
    const rule = rules.findLast(({ line }) => line <= cursor);
    if (name === 'rules' && rule !== undefined) url.set('rule', nameOf(rules, rule.index));
    url.set('view', name);
  };

  return (
    <div ref={frame} className="flex min-w-0 flex-col gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <div role="tablist" aria-label="View" className="flex rounded-md border border-strong-line">
          {VIEWS.map(({ name, label }) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`view-${name}`}
              aria-selected={view === name}
              aria-controls={`panel-${name}`}
              className={`min-h-9 max-md:min-h-11 px-4 font-medium first:rounded-l-md last:rounded-r-md ${view === name ? 'bg-accent text-surface' : 'bg-surface text-ink hover:bg-raised'}`}
              onClick={() => showAs(name)}
            >
              {label}
            </button>
          ))}
        </div>
        <Button look="quiet" disabled={!document.canUndo} onClick={document.undo}>
          Undo
        </Button>
        <Button look="quiet" disabled={!document.canRedo} onClick={document.redo}>
          Redo
        </Button>
      </div>
      <div
        role="tabpanel"
        id={`panel-${view}`}
        aria-labelledby={`view-${view}`}
        className="min-w-0"
      >
        {view === 'yaml' ? (
          <YamlEditor
            ref={editor}
            state={document.current()}
            onState={document.onState}
            onView={document.onView}
            marks={marks}
          />
        ) : (
          <RuleBuilder
            document={document}
            reading={reading}
            vocabulary={known}
            marks={marks}
            selected={url.value('rule')}
            onSelect={(rule) => url.set('rule', rule)}
            onShowInYaml={showInYaml}
          />
        )}
      </div>
      <div role="status" aria-live="polite" className="flex flex-col gap-2">
        {result === undefined ? (
          pending
        ) : (
          <>
            {result.ok && <p className="text-go">Valid: {plural(result.ruleCount, 'rule')}.</p>}
            {marks.length > 0 && (
              <ProblemList marks={marks} onJump={({ line, column }) => showInYaml(line, column)} />
            )}
          </>
        )}
      </div>
      <DraftPanels source={document.text} {...(onCases && { onCases })} />
    </div>
  );
}

const NO_MARK: YamlMark = {
  severity: 'error',
  message: '',
  path: [],
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 1,
};

function marksOf(result: PolicyValidation | undefined): readonly YamlMark[] {
  if (result === undefined) return [];
  return [
    ...result.issues.map((issue): YamlMark => ({ ...issue, severity: 'error' })),
    ...result.warnings.map((issue): YamlMark => ({ ...issue, severity: 'warning' })),
  ];
}

/** Forms work on the text as it is; beside the editor, reading it may lag behind the typing. */
function useReading(text: string, isForm: boolean): PolicyReading {
  const later = useDeferredValue(text);
  const read = isForm ? text : later;
  return useMemo(() => readPolicyText(read), [read]);
}
