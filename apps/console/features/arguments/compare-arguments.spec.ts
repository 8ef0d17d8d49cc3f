import { describe, expect, it } from '@jest/globals';
import { compareArguments } from './compare-arguments.ts';

const changes = (before: string, after: string) =>
  compareArguments(before, after).map(({ name, change }) => `${name} ${change}`);

describe('compareArguments', () => {
  it.each([
    {
      what: 'the same call',
      before: '{"a":1,"b":"x"}',
      after: '{"b":"x","a":1}',
      found: ['b same', 'a same'],
    },
    { what: 'a changed text', before: '{"a":"x"}', after: '{"a":"y"}', found: ['a changed'] },
    { what: 'an added argument', before: '{}', after: '{"a":1}', found: ['a added'] },
    { what: 'a removed argument', before: '{"a":1}', after: '{}', found: ['a removed'] },
    { what: 'an added empty text', before: '{}', after: '{"a":""}', found: ['a added'] },
    {
      what: 'the spaces of an object',
      before: '{"a":{"b":1}}',
      after: '{"a":{ "b" : 1}}',
      found: ['a same'],
    },
    {
      what: 'a number written otherwise',
      before: '{"a":1}',
      after: '{"a":1.0}',
      found: ['a changed'],
    },
    {
      what: 'a number that became the text of its digits',
      before: '{"a":5}',
      after: '{"a":"5"}',
      found: ['a changed'],
    },
    // Which of two values counts is not ours to guess.
    {
      what: 'a name that stands twice',
      before: '{"a":1,"a":2}',
      after: '{"a":2}',
      found: [' changed'],
    },
    { what: 'what is no object', before: '[1]', after: '[1]', found: [' same'] },
  ])('knows $what', ({ before, after, found }) => {
    expect(changes(before, after)).toEqual(found);
  });

  it('keeps the lines of a text', () => {
    expect(compareArguments('{"sql":"a\\nb"}', '{"sql":"a\\nc"}')).toEqual([
      { name: 'sql', change: 'changed', before: 'a\nb', after: 'a\nc' },
    ]);
  });
});
