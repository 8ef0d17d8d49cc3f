import { testsFileOf } from './policy-file.ts';

describe('the tests', () => {
  it.each([
    ['orders.yaml', 'orders.tests.yaml'],
    ['a/orders.v2.yml', 'a/orders.v2.tests.yml'],
    ['orders', 'orders.tests.yaml'],
  ])('of %s are in %s', (policyFile, testsFile) => {
    expect(testsFileOf(policyFile)).toBe(testsFile);
  });
});
