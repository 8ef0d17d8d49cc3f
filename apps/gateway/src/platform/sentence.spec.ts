import { describe, expect, it } from '@jest/globals';
import { asSentence } from './sentence.ts';

describe('asSentence', () => {
  it.each([
    ['Index rebuild until noon', 'Index rebuild until noon.'],
    ['Index rebuild. ', 'Index rebuild.'],
    ['Why?', 'Why?'],
    ['Ask “the team.”', 'Ask “the team.”'],
    ['(see the runbook)', '(see the runbook).'],
    ['お待ちください。', 'お待ちください。'],
    ['', ''],
  ])('ends %j as %j', (text, sentence) => {
    expect(asSentence(text)).toBe(sentence);
  });
});
