import {
  autocompletion,
  type Completion as Option,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import { hoverTooltip } from '@codemirror/view';
import {
  completionsAt,
  meaningAt,
  type PolicyVocabulary,
  type Suggestion,
} from '@holdpoint/policy/edit';
import { visibleString } from '@holdpoint/contracts';

const TYPES: Readonly<Record<Suggestion['kind'], string>> = {
  key: 'property',
  value: 'constant',
  variable: 'variable',
  function: 'function',
  field: 'property',
};
const MAX_OPTIONS = 500;
const MAX_DETAIL = 80;

/** Completion and explanations for the text of a policy. */
export function policyLanguage(vocabulary: () => PolicyVocabulary): Extension {
  return [
    autocompletion({
      override: [(context) => complete(context, vocabulary())],
      activateOnTyping: true,
      maxRenderedOptions: 100,
      // Squares and letters that nobody knows the meaning of.
      icons: false,
    }),
    hoverTooltip((view, position) => {
      const meaning = meaningAt(view.state.doc.toString(), position);
      if (meaning === undefined) return null;
      return {
        pos: meaning.from,
        end: meaning.to,
        above: true,
        create: () => ({ dom: explain(meaning.detail, meaning.doc) }),
      };
    }),
  ];
}

function complete(
  context: CompletionContext,
  vocabulary: PolicyVocabulary,
): CompletionResult | null {
  const found = completionsAt(context.state.doc.toString(), context.pos, vocabulary);
  if (found === undefined || found.suggestions.length === 0) return null;
  return optionsOf(found.from, found.suggestions, context);
}

/** @param suggestions names among them are an upstream's: shown with everything unseen marked */
export function optionsOf(
  from: number,
  suggestions: readonly Suggestion[],
  context: CompletionContext,
): CompletionResult | null {
  const typed = context.state.sliceDoc(from, context.pos);
  const behindDot = context.state.sliceDoc(from - 1, from) === '.';
  if (!context.explicit && typed === '' && !behindDot) return null;
  return {
    from,
    options: suggestions.slice(0, MAX_OPTIONS).map((each, index) => optionOf(each, index)),
    validFor: /^[\w*-]*$/,
  };
}

function optionOf({ kind, name, detail, doc, apply }: Suggestion, index: number): Option {
  const label = visibleString(name);
  return {
    label,
    type: TYPES[kind],
    // In the order they come, where they match alike: the usual ones are first.
    boost: Math.max(-index, -98),
    apply: apply ?? name,
    ...(detail !== '' && { detail: visibleString(detail).slice(0, MAX_DETAIL) }),
    ...(doc !== '' && { info: doc }),
  };
}

function explain(detail: string, doc: string): HTMLElement {
  const dom = document.createElement('div');
  dom.className = 'cm-meaning';
  if (detail !== '') {
    const code = document.createElement('code');
    code.textContent = detail;
    dom.append(code);
  }
  dom.append(document.createTextNode(doc));
  return dom;
}
