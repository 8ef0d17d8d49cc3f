import { applySplice, refuse } from './splice.ts';
import { edit, setValue, type EditResult } from './change.ts';
import type { OnDeadlineValues, ReviewersValues, StepValues } from './read-step.ts';
import { renderText } from './render.ts';
import { entriesOf, nodeAt, openSource, type Source } from './source.ts';
import { isMap } from 'yaml';
import { isPlainMap, isList, valueAt, withValue, type PlainValue } from './values.ts';

/** Sets the steps of a chain, which is made if there is none of this name. */
export function editChain(text: string, name: string, steps: readonly StepValues[]): EditResult {
  return setValue(text, ['chains', name, 'steps'], steps.map(stepDocument));
}

function stepDocument({ quorum, deadline, onDeadline, ...who }: StepValues): PlainValue {
  return {
    reviewers: reviewersDocument(who),
    ...(quorum !== undefined && { quorum }),
    ...(deadline !== undefined && deadline !== '' && { deadline }),
    ...(onDeadline !== undefined && { onDeadline: onDeadlineDocument(onDeadline) }),
  };
}

function reviewersDocument({ groups, people, onCall }: ReviewersValues): PlainValue {
  return {
    ...(groups.length > 0 && { groups }),
    ...(people.length > 0 && { people }),
    ...(onCall !== undefined && onCall !== '' && { onCall }),
  };
}

function onDeadlineDocument(then: OnDeadlineValues): PlainValue {
  switch (then.kind) {
    case 'deny':
      return 'deny';
    case 'remind': {
      const { every, atMost } = then;
      return { remind: { every, ...(atMost !== undefined && { atMost }) } };
    }
    case 'escalate':
      return {
        escalate: then.rounds.map(({ to, for: time }) => ({
          to: reviewersDocument(to),
          for: time,
        })),
      };
    default:
      return then satisfies never;
  }
}

/** Takes a chain away. Rules that name it are left as they are, for the compiler to point at. */
export function removeChain(text: string, name: string): EditResult {
  return setValue(text, ['chains', name], undefined);
}

/** Gives a chain another name, in its definition and in every rule that names it. */
export function renameChain(text: string, name: string, wish: string): EditResult {
  const renamed = edit(text, (source) => {
    const chains = valueAt(source.value, ['chains']);
    if (!isPlainMap(chains) || chains[name] === undefined) return refuse('There is no such chain.');
    if (chains[wish] !== undefined) return refuse(`There is a chain "${wish}" already.`);
    const { [name]: chain, ...others } = chains;
    return {
      text: renameKey(source, name, wish),
      expected: withValue(source.value, ['chains'], { ...others, [wish]: chain }),
    };
  });
  const rules = renamed.ok ? rulesNaming(renamed.text, name) : [];
  return rules.reduce<EditResult>(
    (result, index) =>
      result.ok ? setValue(result.text, ['rules', index, 'approval'], wish) : result,
    renamed,
  );
}

function renameKey(source: Source, name: string, wish: string): string {
  const chains = nodeAt(source, ['chains']);
  if (!isMap(chains)) return refuse('There are no chains.');
  const key = entriesOf(chains).find((entry) => String(entry.key.value) === name)?.key;
  const [from, to] = key?.range ?? refuse('There is no such chain.');
  const insert = renderText(wish, { flow: true, indent: 0, eol: source.eol });
  return applySplice(source.text, { from, to, insert });
}

function rulesNaming(text: string, chain: string): readonly number[] {
  const opened = openSource(text);
  const rules = opened.ok ? valueAt(opened.source.value, ['rules']) : [];
  if (!isList(rules)) return [];
  return rules.flatMap((rule, index) => (valueAt(rule, ['approval']) === chain ? [index] : []));
}

/** Sets the file's `default`, which stands in for that of the connections. */
export function setDefaultEffect(text: string, effect: string | undefined): EditResult {
  return setValue(text, ['default'], effect);
}
