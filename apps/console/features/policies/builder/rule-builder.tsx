'use client';

import {
  addRule,
  duplicateRule,
  editRule,
  moveRule,
  newRuleId,
  removeRule,
  type EditResult,
  type PolicyReading,
  type PolicyVocabulary,
  type RuleChange,
  type RuleValues,
  type RuleView,
} from '@holdpoint/policy/edit';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { plural } from '../../../lib/format.ts';
import { useShortcuts } from '../../../lib/use-shortcuts.ts';
import { Notice } from '../../../ui/badge.tsx';
import { Button } from '../../../ui/button.tsx';
import { TextField } from '../../../ui/field.tsx';
import { Panel } from '../../../ui/page.tsx';
import { EmptyState } from '../../../ui/states.tsx';
import type { YamlMark } from '../../../ui/yaml-editor.tsx';
import type { PolicyDocument } from '../editor/use-policy-document.ts';
import { ChainList } from './chain-list.tsx';
import { marksByRule } from './issue-places.ts';
import { NewRuleDialog } from './new-rule-dialog.tsx';
import { RuleForm } from './rule-form.tsx';
import { rowOf, RuleRow } from './rule-row.tsx';
import { useRowKeys } from './use-row-keys.ts';

interface Props {
  document: PolicyDocument;
  reading: PolicyReading;
  vocabulary: PolicyVocabulary;
  marks: readonly YamlMark[];
  /** The opened rule: its id, or `@3` for the one at a position. */
  selected: string;
  onSelect: (rule: string) => void;
  onShowInYaml: (line: number, column?: number) => void;
}

/** The rules as a list of sentences, each of which opens to a form. */
export function RuleBuilder(props: Props) {
  const { reading, onShowInYaml } = props;
  if (!reading.readable) {
    return (
      <Notice tone="stop" title="Mend it in YAML first" live>
        <p>
          Line {reading.fault.line}: {reading.fault.message}
        </p>
        <p>Nothing is lost: the text stays as it is until you change it.</p>
        <Button className="mt-2" onClick={() => onShowInYaml(reading.fault.line)}>
          Go to line {reading.fault.line}
        </Button>
      </Notice>
    );
  }
  return <Rules {...props} reading={reading} />;
}

function Rules({
  document,
  reading: { rules, chains },
  vocabulary,
  marks,
  selected,
  onSelect,
  onShowInYaml,
}: Props & { reading: Extract<PolicyReading, { readable: true }> }) {
  const list = useRef<HTMLUListElement>(null);
  const search = useRef<HTMLDivElement>(null);
  const isAdded = useRef(false);
  const [sought, setSought] = useState('');
  const [adding, setAdding] = useState(false);
  const [notice, setNotice] = useState<{ text: string; undo: boolean }>();
  const problems = useMemo(() => marksByRule(marks), [marks]);
  const open = openedIn(rules, selected);
  const rows = useMemo(() => rules.map(rowOf), [rules]);
  const shown = rules.filter(({ index }) => isSought(rows[index], sought));

  const apply = (result: EditResult, done?: string): boolean => {
    if (result.ok) document.change(result.text);
    const text = result.ok ? done : result.message;
    setNotice(text === undefined ? undefined : { text, undo: result.ok });
    return result.ok;
  };
  const change = (rule: RuleView, next: RuleChange) => {
    const isDone = apply(editRule(document.text, rule.index, next));
    if (!isDone || typeof next.id !== 'string') return;
    // An id that another rule has would open that one, and its form would take what is typed on.
    const isTaken = rules.some(
      ({ index, values }) => index !== rule.index && values.id === next.id,
    );
    onSelect(isTaken ? `@${rule.index + 1}` : next.id);
  };
  const add = (values: RuleValues) => {
    const ids = rules.map((rule) => rule.values.id ?? '');
    const id = newRuleId(ids, values.id ?? 'new-rule');
    setAdding(false);
    if (apply(addRule(document.text, { ...values, id }), `Added ${id}.`)) {
      setSought('');
      isAdded.current = true;
      onSelect(id);
    }
  };
  const remove = (rule: RuleView) => {
    const name = rule.values.id ?? `rule ${rule.index + 1}`;
    if (
      apply(
        removeRule(document.text, rule.index),
        `Deleted ${name}, with the comments right above it.`,
      )
    ) {
      onSelect('');
    }
  };
  const toggle = useRowToggle(rules, open, onSelect);

  useEffect(() => {
    // A link leads to one rule of many.
    list.current?.querySelector('[aria-expanded="true"]')?.scrollIntoView({ block: 'start' });
  }, []);
  useEffect(() => {
    if (!isAdded.current || open === -1) return;
    isAdded.current = false;
    const row = list.current?.querySelector<HTMLElement>('[aria-expanded="true"]');
    row?.scrollIntoView({ block: 'start' });
    row?.focus({ preventScroll: true });
  }, [open]);
  useRowKeys(list);
  useShortcuts({
    n: () => setAdding(true),
    '/': () => search.current?.querySelector('input')?.focus(),
    Escape: () => onSelect(''),
  });

  return (
    <div className="flex flex-col gap-4">
      <Panel flush>
        <div className="flex flex-wrap items-end gap-3 border-b border-line p-3">
          <div ref={search} className="min-w-48 flex-1">
            <TextField
              label="Search the rules"
              type="search"
              placeholder="An id, a tool, a connection …"
              value={sought}
              onValue={setSought}
            />
          </div>
          <Button look="primary" onClick={() => setAdding(true)}>
            New rule…
          </Button>
        </div>
        {notice !== undefined && (
          <div
            role="status"
            className="flex flex-wrap items-center gap-3 border-b border-line bg-raised px-4 py-2"
          >
            <p className="min-w-0 flex-1 break-words">{notice.text}</p>
            {notice.undo && (
              <Button
                size="small"
                onClick={() => {
                  document.undo();
                  setNotice(undefined);
                }}
              >
                Undo
              </Button>
            )}
            <Button look="quiet" size="small" onClick={() => setNotice(undefined)}>
              Close
            </Button>
          </div>
        )}
        {rules.length === 0 ? (
          <EmptyState title="No rules yet">
            <p>
              Every call takes its connection’s default effect. A new rule can begin as a template.
            </p>
          </EmptyState>
        ) : (
          shown.length === 0 && (
            <EmptyState title={`None of ${plural(rules.length, 'rule')} has “${sought}”`} />
          )
        )}
        <ul ref={list} aria-label="Rules">
          {shown.map((rule) => {
            const row = rows[rule.index] ?? rowOf(rule);
            const found = [...(problems.get(rule.index)?.values() ?? [])].flat();
            const errors = found.filter(({ severity }) => severity === 'error').length;
            const isOpen = rule.index === open;
            return (
              <li
                key={rule.index}
                className={`border-b border-line last:border-b-0 ${isOpen ? '' : 'row-lazy'}`}
              >
                <RuleRow
                  {...row}
                  index={rule.index}
                  errors={errors}
                  warnings={found.length - errors}
                  isOpen={isOpen}
                  onToggle={toggle}
                />
                {isOpen && (
                  <RuleForm
                    key={rule.index}
                    rule={rule}
                    chains={chains}
                    vocabulary={vocabulary}
                    marks={problems.get(rule.index)}
                    isFirst={rule.index === 0}
                    isLast={rule.index === rules.length - 1}
                    onChange={(next) => change(rule, next)}
                    onDuplicate={() => {
                      const copied = duplicateRule(document.text, rule.index);
                      if (apply(copied, 'Duplicated.')) onSelect(`@${rule.index + 2}`);
                    }}
                    onMove={(by) => {
                      const to = rule.index + by;
                      if (apply(moveRule(document.text, rule.index, to))) {
                        onSelect(rule.values.id ?? `@${to + 1}`);
                      }
                    }}
                    onRemove={() => remove(rule)}
                    onShowInYaml={() => onShowInYaml(rule.line)}
                  />
                )}
              </li>
            );
          })}
        </ul>
      </Panel>
      <ChainList
        chains={chains}
        vocabulary={vocabulary}
        text={document.text}
        marks={marks}
        onResult={(result, done) => apply(result, done)}
      />
      {adding && (
        <NewRuleDialog vocabulary={vocabulary} onAdd={add} onClose={() => setAdding(false)} />
      )}
    </div>
  );
}

/** Stable, so that a row that didn't change isn't drawn again. */
function useRowToggle(
  rules: readonly RuleView[],
  open: number,
  onSelect: (rule: string) => void,
): (index: number) => void {
  const latest = useRef({ rules, open, onSelect });
  useEffect(() => {
    latest.current = { rules, open, onSelect };
  });
  return useCallback((index: number) => {
    const { rules: all, open: opened, onSelect: select } = latest.current;
    select(index === opened ? '' : nameOf(all, index));
  }, []);
}

/** Its id, where that finds it again; else its position. */
export function nameOf(rules: readonly RuleView[], index: number): string {
  const id = rules[index]?.values.id;
  const isUnique = rules.filter(({ values }) => values.id === id).length === 1;
  return id === undefined || !isUnique ? `@${index + 1}` : id;
}

/** Position of the rule that the address names; -1 for none. */
export function openedIn(rules: readonly RuleView[], selected: string): number {
  if (selected === '') return -1;
  if (/^@\d+$/.test(selected)) return Number(selected.slice(1)) - 1;
  return rules.findIndex(({ values }) => values.id === selected);
}

function isSought(row: ReturnType<typeof rowOf> | undefined, sought: string): boolean {
  const wanted = sought.trim().toLowerCase();
  if (wanted === '' || row === undefined) return true;
  return `${row.id}\n${row.sentence}\n${row.description ?? ''}`.toLowerCase().includes(wanted);
}
