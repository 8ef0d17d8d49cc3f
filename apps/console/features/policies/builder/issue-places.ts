import type { RuleField } from '@holdpoint/policy/edit';
import type { YamlMark } from '../../../ui/yaml-editor.tsx';

/** What is wrong with one rule: by field, and under `''` what belongs to no field of the form. */
export type RuleMarks = ReadonlyMap<RuleField | '', readonly YamlMark[]>;

const BY_KEY: Readonly<Record<string, RuleField>> = {
  id: 'id',
  description: 'description',
  'match.connections': 'connections',
  'match.methods': 'methods',
  'match.tools': 'tools',
  'match.resources': 'resources',
  'match.prompts': 'prompts',
  'match.callers.groups': 'groups',
  'match.callers.subjects': 'subjects',
  'match.callers.kinds': 'kinds',
  'match.callers.clients': 'clients',
  when: 'when',
  unless: 'unless',
  effect: 'effect',
  approval: 'approval',
  stepUp: 'stepUp',
  message: 'message',
  mask: 'mask',
  mode: 'mode',
};

/** Sorts errors and warnings by the rule and the field that they are about. */
export function marksByRule(marks: readonly YamlMark[]): ReadonlyMap<number, RuleMarks> {
  const rules = new Map<number, Map<RuleField | '', YamlMark[]>>();
  for (const mark of marks) {
    const [list, index, ...keys] = mark.path;
    if (list !== 'rules' || typeof index !== 'number') continue;
    const fields = rules.get(index) ?? new Map<RuleField | '', YamlMark[]>();
    rules.set(index, fields);
    const field = fieldOf(keys);
    fields.set(field, [...(fields.get(field) ?? []), mark]);
  }
  return rules;
}

function fieldOf(keys: readonly (string | number)[]): RuleField | '' {
  for (let length = keys.length; length > 0; length -= 1) {
    const field = BY_KEY[keys.slice(0, length).join('.')];
    if (field !== undefined) return field;
  }
  return '';
}

/** What is shown below a field. */
export function messageAt(marks: RuleMarks | undefined, field: RuleField): string | undefined {
  const found = marks?.get(field);
  return found === undefined ? undefined : found.map(({ message }) => message).join(' ');
}
