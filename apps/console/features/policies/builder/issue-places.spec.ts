import { describe, expect, it } from '@jest/globals';
import type { YamlMark } from '../../../ui/yaml-editor.tsx';
import { marksByRule, messageAt } from './issue-places.ts';

const mark = (path: YamlMark['path'], message: string): YamlMark => ({
  severity: 'error',
  path,
  message,
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 2,
});

describe('marksByRule', () => {
  const marks = marksByRule([
    mark(['rules', 0, 'match', 'callers', 'groups', 2], 'a group'),
    mark(['rules', 0, 'mask', 1, 'field'], 'a mask'),
    mark(['rules', 0, 'efect'], 'an unknown key'),
    mark(['rules', 3, 'when'], 'a condition'),
    mark(['rules', 3, 'when'], 'Another.'),
    mark(['chains', 'x'], 'a chain'),
    mark([], 'the text'),
  ]);

  it('finds the field, however deep a mark is', () => {
    expect(messageAt(marks.get(0), 'groups')).toBe('a group');
    expect(messageAt(marks.get(0), 'mask')).toBe('a mask');
    expect(messageAt(marks.get(3), 'when')).toBe('a condition Another.');
    expect(messageAt(marks.get(0), 'id')).toBeUndefined();
  });

  it('keeps what belongs to no field with the rule', () => {
    expect(
      marks
        .get(0)
        ?.get('')
        ?.map(({ message }) => message),
    ).toEqual(['an unknown key']);
    expect([...marks.keys()]).toEqual([0, 3]);
  });
});
