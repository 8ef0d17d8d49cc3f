import { describe, expect, it } from '@jest/globals';
import { fold } from './field-pattern.ts';

const BELOW = '\u0323';
const ABOVE = '\u0301';

describe('a name as it is compared', () => {
  it('is one name with as many marks as writing has, in whichever order they come', () => {
    const marks = [BELOW.repeat(15), ABOVE.repeat(15)];
    expect(fold(`e${marks.toReversed().join('')}`)).toBe(fold(`e${marks.join('')}`));
  });

  // Guarantee: an answer full of hostile names costs as much as its length, not the square of that.
  it('is left as it came where so many marks follow each other that to order them takes long', () => {
    const name = `e${ABOVE.repeat(16)}${BELOW.repeat(15)}`;
    expect(name.normalize('NFC')).not.toBe(name);
    expect(fold(name)).toBe(name);
  });
});
