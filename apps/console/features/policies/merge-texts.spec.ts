import { describe, expect, it } from '@jest/globals';
import { mergeTexts } from './merge-texts.ts';

const NAMES = { mine: 'mine', theirs: 'theirs' };
const merge = (mine: string, before: string, theirs: string) =>
  mergeTexts(mine, before, theirs, NAMES);

describe('mergeTexts', () => {
  it('takes both changes where they touch other lines', async () => {
    const merged = await merge('A\nb\nc\nd\n', 'a\nb\nc\nd\n', 'a\nb\nc\nD\n');
    expect(merged).toEqual({ text: 'A\nb\nc\nD\n', places: 0 });
  });

  it('takes a change that both made once', async () => {
    expect(await merge('A\nb\n', 'a\nb\n', 'A\nb\n')).toEqual({ text: 'A\nb\n', places: 0 });
  });

  it('marks lines that both changed, and loses none', async () => {
    expect(await merge('mine\nb', 'a\nb', 'theirs\nb')).toEqual({
      text: '<<<<<<< mine\nmine\n=======\ntheirs\n>>>>>>> theirs\nb',
      places: 1,
    });
  });
});
