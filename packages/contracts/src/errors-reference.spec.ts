import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ERRORS } from './errors.ts';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
const ROW = /^\| `(\w+)` +\| (\d+) +\| (-?\d+) +\| (\S.*?) +\| (\S.*?) +\|$/gm;
const documented = [...page.matchAll(ROW)].map(([, code, http, rpc]) => ({
  code,
  http: Number(http),
  rpc: Number(rpc),
}));

describe('docs/errors.md', () => {
  it('says of every code what it means and what to check, with the numbers in force', () => {
    expect(documented).toEqual(
      Object.entries(ERRORS).map(([code, numbers]) => ({ code, ...numbers })),
    );
  });

  it('gives every code without a standard JSON-RPC number one of its own', () => {
    const numbers = Object.values(ERRORS)
      .map(({ rpc }) => rpc)
      .filter((rpc) => rpc > 0);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});
