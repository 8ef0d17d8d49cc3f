import { describe, expect, it } from '@jest/globals';
import { changesAnything, changesBetween } from './policy-changes.ts';

const hold = (more = '') => `rules: [{ id: writes, effect: hold${more} }]`;

describe('changesBetween', () => {
  // Guarantee: who reviews a policy sees that it no longer wants approvals signed.
  it('shows that a rule begins or ends to demand a passkey', () => {
    const changes = changesBetween(hold(', stepUp: passkey'), hold());
    expect(changes?.rules).toMatchObject([
      { id: 'writes', before: { stepUp: 'passkey' }, after: { stepUp: null } },
    ]);
    expect(changes && changesAnything(changes)).toBe(true);
  });

  it('shows nothing where only words differ', () => {
    const changes = changesBetween(hold(), '# said otherwise\n' + hold());
    expect(changes && changesAnything(changes)).toBe(false);
  });
});
