import { expect, it } from '@jest/globals';
import { Turns } from './turns.ts';

const LONG = 60_000;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function job(begun: string[], name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const work = () => {
    begun.push(name);
    return promise;
  };
  return { work, end: () => resolve(name), fail: () => reject(new Error(name)) };
}

it('lets one after the other begin, in the order in which they came', async () => {
  const turns = new Turns(LONG);
  const begun: string[] = [];
  const jobs = ['a', 'b', 'c'].map((name) => job(begun, name));
  const all = jobs.map(({ work }) => turns.take('robot', work));
  for (const [at, { end }] of jobs.entries()) {
    await turn();
    expect(begun).toHaveLength(at + 1);
    end();
  }
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c']);
  expect(begun).toEqual(['a', 'b', 'c']);
});

it('makes nobody wait for another key', async () => {
  const turns = new Turns(LONG);
  const begun: string[] = [];
  const slow = job(begun, 'slow');
  const first = turns.take('robot', slow.work);
  expect(await turns.take('other', async () => 'at once')).toBe('at once');
  slow.end();
  await first;
});

it('goes on after one that failed, and keeps nothing of what is over', async () => {
  const turns = new Turns(LONG);
  const broken = job([], 'broken');
  const first = turns.take('robot', broken.work);
  const second = turns.take('robot', async () => 'second');
  broken.fail();
  await expect(first).rejects.toThrow('broken');
  expect(await second).toBe('second');
  await turn();
  expect(turns.size).toBe(0);
});

// Guarantee: where the database answers nobody, each is refused after its own time, not after everybody's.
it('lets one begin that waited long enough', async () => {
  const turns = new Turns(20);
  const stuck = job([], 'stuck');
  const first = turns.take('robot', stuck.work);
  expect(await turns.take('robot', async () => 'impatient')).toBe('impatient');
  stuck.end();
  await first;
});
