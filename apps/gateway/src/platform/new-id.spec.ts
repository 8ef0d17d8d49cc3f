import { describe, expect, it } from '@jest/globals';
import { validate, version } from 'uuid';
import { newId } from './new-id.ts';

describe('newId', () => {
  const ids = Array.from({ length: 50_000 }, () => newId());

  it('makes ids of version 7, each another one', () => {
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
  });

  // Guarantee: the record of a call is read in the order in which it was made.
  it('makes them in order, within a millisecond too', () => {
    expect(ids).toEqual(ids.toSorted());
  });

  it('knows the time', () => {
    const at = Number.parseInt(newId().replaceAll('-', '').slice(0, 12), 16);
    expect(Math.abs(Date.now() - at)).toBeLessThan(60_000);
  });
});
