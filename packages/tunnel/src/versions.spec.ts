import { chooseVersion, versionRefusal } from './versions.ts';

describe('the version of a tunnel', () => {
  it.each([
    { what: 'the only one', offered: [1], spoken: [1], chosen: 1 },
    { what: 'the newest of several', offered: [1, 2, 3], spoken: [1, 2], chosen: 2 },
    { what: 'an older one, for an older connector', offered: [1], spoken: [1, 2], chosen: 1 },
    { what: 'none', offered: [2], spoken: [1], chosen: undefined },
  ])('is $what', ({ offered, spoken, chosen }) => {
    expect(chooseVersion(offered, spoken)).toBe(chosen);
  });

  it.each([
    { what: 'connector', offered: [1], spoken: [2, 3] },
    { what: 'gateway', offered: [4], spoken: [2, 3] },
  ])('that is missing names the $what as what to upgrade', ({ what, offered, spoken }) => {
    const facts = { connectorVersion: '0.1.0', gatewayVersion: '0.2.0', offered, spoken };
    expect(versionRefusal(facts)).toMatch(new RegExp(`Upgrade the ${what}\\.$`));
  });
});
