import type { Path, PlainValue } from './values.ts';

/** A mask as a form holds it: `detect` or `field`, and what is left of what is found. */
export interface MaskValues {
  readonly detect?: readonly string[];
  readonly field?: string;
  readonly as?: string;
}

/** A rule as a form holds it. What a key holds isn't checked: the compiler does that, with the place. */
export interface RuleValues {
  readonly id?: string;
  readonly description?: string;
  readonly connections?: readonly string[];
  readonly methods?: readonly string[];
  readonly tools?: readonly string[];
  readonly resources?: readonly string[];
  readonly prompts?: readonly string[];
  readonly groups?: readonly string[];
  readonly subjects?: readonly string[];
  readonly kinds?: readonly string[];
  readonly clients?: readonly string[];
  readonly when?: string;
  readonly unless?: string;
  readonly effect?: string;
  readonly approval?: string;
  readonly stepUp?: string;
  readonly message?: string;
  readonly mask?: readonly MaskValues[];
  readonly mode?: string;
}

export type RuleField = keyof RuleValues;

/** A change of a rule: a field that isn't named stays, `null` takes it away, and so does nothing in it. */
export type RuleChange = { readonly [Field in RuleField]?: RuleValues[Field] | null };

export type FieldShape = 'text' | 'list' | 'masks';

/** Where each field of a form is in a rule of the document. */
export const RULE_FIELDS: Readonly<Record<RuleField, { path: Path; shape: FieldShape }>> = {
  id: { path: ['id'], shape: 'text' },
  description: { path: ['description'], shape: 'text' },
  connections: { path: ['match', 'connections'], shape: 'list' },
  methods: { path: ['match', 'methods'], shape: 'list' },
  tools: { path: ['match', 'tools'], shape: 'list' },
  resources: { path: ['match', 'resources'], shape: 'list' },
  prompts: { path: ['match', 'prompts'], shape: 'list' },
  groups: { path: ['match', 'callers', 'groups'], shape: 'list' },
  subjects: { path: ['match', 'callers', 'subjects'], shape: 'list' },
  kinds: { path: ['match', 'callers', 'kinds'], shape: 'list' },
  clients: { path: ['match', 'callers', 'clients'], shape: 'list' },
  when: { path: ['when'], shape: 'text' },
  unless: { path: ['unless'], shape: 'text' },
  effect: { path: ['effect'], shape: 'text' },
  approval: { path: ['approval'], shape: 'text' },
  stepUp: { path: ['stepUp'], shape: 'text' },
  message: { path: ['message'], shape: 'text' },
  mask: { path: ['mask'], shape: 'masks' },
  mode: { path: ['mode'], shape: 'text' },
};

export const RULE_FIELD_NAMES = Object.keys(RULE_FIELDS).filter(
  (name): name is RuleField => name in RULE_FIELDS,
);

/** What is written for a field; `undefined` where the key is left out. */
export function writtenValue(value: RuleValues[RuleField] | null): PlainValue | undefined {
  if (value === null || value === undefined || value.length === 0) return undefined;
  if (typeof value === 'string') return value;
  return value.map((item) => (typeof item === 'string' ? item : maskDocument(item)));
}

function maskDocument({ detect, field, as }: MaskValues): PlainValue {
  return {
    ...(detect !== undefined && { detect }),
    ...(field !== undefined && { field }),
    ...(as !== undefined && { as }),
  };
}

/** The rule as it stands in a document, keys in the usual order. */
export function ruleDocument(values: RuleValues): { readonly [key: string]: PlainValue } {
  const rule: Record<string, PlainValue> = {};
  const match: Record<string, PlainValue> = {};
  const callers: Record<string, PlainValue> = {};
  for (const field of RULE_FIELD_NAMES) {
    const value = writtenValue(values[field]);
    const { path } = RULE_FIELDS[field];
    const key = String(path.at(-1));
    if (value === undefined) continue;
    if (path.length === 3) callers[key] = value;
    else if (path.length === 2) match[key] = value;
    else rule[key] = value;
  }
  if (Object.keys(callers).length > 0) match['callers'] = callers;
  if (Object.keys(match).length === 0) return rule;
  const { id, description, ...others } = rule;
  return {
    ...(id !== undefined && { id }),
    ...(description !== undefined && { description }),
    match,
    ...others,
  };
}
