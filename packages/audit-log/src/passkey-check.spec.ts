import { beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject, JsonValue } from './canonical-json.ts';
import type { EntryContent } from './entry.ts';
import { PasskeyCheck } from './passkey-check.ts';
import type { PasskeyStatement } from './passkey-statement.ts';
import {
  APPROVAL,
  assertionOf,
  makePasskey,
  PERSON,
  SITE,
  statementOf,
  type Ceremony,
  type TestPasskey,
} from './testing/signed-verdict.ts';
import { FindingList } from './verify-report.ts';

let passkey: TestPasskey;
beforeAll(() => {
  passkey = makePasskey();
});

type Json = Record<string, JsonValue>;

function entryOf(kind: string, data: JsonObject, changes: Json = {}): EntryContent {
  return {
    id: '01985b2c-7a00-7000-8000-000000000001',
    at: '2026-07-28T09:00:00.000Z',
    kind,
    who: PERSON,
    data,
    ...changes,
  };
}

function added(key = passkey, changes: Json = {}): EntryContent {
  const { credentialId, publicKey } = key;
  return entryOf('passkey.added', { credentialId, publicKey, ...SITE }, changes);
}

function ended(kind: 'passkey.removed' | 'passkey.blocked', at: string): EntryContent {
  return entryOf(kind, { credentialId: passkey.credentialId }, { at });
}

const held = () =>
  entryOf('approval.held', { passkeyRules: ['drop-tables'] }, { approval: APPROVAL });

async function signed(
  key = passkey,
  {
    statement = {},
    ceremony = {},
  }: { statement?: Partial<PasskeyStatement>; ceremony?: Ceremony } = {},
): Promise<Json> {
  const said = await statementOf(statement);
  return {
    statement: said,
    credentialId: key.credentialId,
    publicKey: key.publicKey,
    ...SITE,
    ...(await assertionOf(key, said, ceremony)),
  };
}

function given(passkeyData: JsonObject | undefined, data: Json = {}, changes: Json = {}) {
  return entryOf(
    'verdict.given',
    {
      verdict: 'approve',
      step: 0,
      reason: 'looks right',
      paramsDigest: 'a'.repeat(64),
      ...(passkeyData && { passkey: passkeyData }),
      ...data,
    },
    { approval: APPROVAL, ...changes },
  );
}

async function check(entries: readonly EntryContent[], firstPosition = 0) {
  const findings = new FindingList();
  const passkeys = new PasskeyCheck(findings, firstPosition);
  for (const [index, entry] of entries.entries()) await passkeys.add(firstPosition + index, entry);
  return {
    codes: findings.all.map(({ code }) => code),
    messages: findings.all.map(({ message }) => message),
    verified: passkeys.verified,
    unseen: passkeys.unseen,
  };
}

describe('a verdict that a passkey signed', () => {
  it.each(['ES256', 'EdDSA', 'RS256'] as const)('holds, by %s', async (algorithm) => {
    const key = makePasskey(algorithm);
    const found = await check([added(key), held(), given(await signed(key))]);
    expect(found).toMatchObject({ codes: [], verified: 1, unseen: 0 });
  });

  it('holds every time, whatever the numbers of its signature look like', async () => {
    // An ECDSA signature's numbers are shorter now and then: in some 1 of 128 of these.
    for (let round = 0; round < 40; round += 1) {
      const found = await check([added(), given(await signed())]);
      expect(found).toMatchObject({ codes: [], verified: 1 });
    }
  });

  it('of an export that begins later is counted as not shown to be registered', async () => {
    expect(await check([given(await signed())], 100)).toMatchObject({
      codes: [],
      verified: 1,
      unseen: 1,
    });
  });

  it('holds although its passkey was removed afterwards', async () => {
    const entries = [
      added(),
      given(await signed()),
      ended('passkey.removed', '2026-07-28T10:00:00.000Z'),
    ];
    expect((await check(entries)).codes).toEqual([]);
  });
});

// Guarantee: no field of a signed verdict can be changed without the verification saying so.
describe('a signed verdict that was tampered with', () => {
  it.each<[string, Json, Json]>([
    ['another verdict', { verdict: 'deny' }, {}],
    ['another step', { step: 1 }, {}],
    ['another reason', { reason: 'looks wrong' }, {}],
    ['another call', { paramsDigest: 'c'.repeat(64) }, {}],
    ['another approval', {}, { approval: '01985b2c-7a00-7000-8000-0000000000bb' }],
    ['another person', {}, { who: 'https://id.example.com|mallory' }],
  ])('is found where its entry names %s', async (_name, data, changes) => {
    const found = await check([added(), given(await signed(), data, changes)]);
    expect(found).toMatchObject({ codes: ['passkey_invalid'], verified: 0 });
  });

  it.each<[keyof PasskeyStatement, JsonValue]>([
    ['approval', 'x'],
    ['step', 1],
    ['verdict', 'deny'],
    ['reason', 'd'.repeat(64)],
    ['params', 'd'.repeat(64)],
    ['shown', 'd'.repeat(64)],
    ['terms', 'd'.repeat(64)],
    ['person', 'x'],
    ['nonce', 'x'],
    ['type', 'holdpoint-verdict-v2'],
  ])('is found where its statement has another %s', async (name, value) => {
    const data = await signed();
    const statement = { ...(await statementOf()), [name]: value };
    const found = await check([added(), given({ ...data, statement })]);
    expect(found).toMatchObject({ codes: ['passkey_invalid'], verified: 0 });
  });

  it.each(['authenticatorData', 'clientDataJSON', 'signature'])(
    'is found where a bit of its %s is flipped',
    async (name) => {
      const data = await signed();
      const bytes = Buffer.from(String(data[name]), 'base64url');
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      const found = await check([added(), given({ ...data, [name]: bytes.toString('base64url') })]);
      expect(found).toMatchObject({ codes: ['passkey_invalid'], verified: 0 });
    },
  );

  it.each<[string, Ceremony]>([
    ['another page', { origin: 'https://evil.example.com' }],
    ['another host', { rpId: 'evil.example.com' }],
    ['a framed page', { crossOrigin: true }],
    ['a registration', { type: 'webauthn.create' }],
    ['another challenge', { challenge: 'AAAA' }],
    ['no verified person', { flags: 0x01 }],
    ['nobody present', { flags: 0x04 }],
  ])('is found where it was signed for %s', async (_name, ceremony) => {
    const found = await check([added(), given(await signed(passkey, { ceremony }))]);
    expect(found).toMatchObject({ codes: ['passkey_invalid'], verified: 0 });
  });

  it('is found where the same assertion comes again', async () => {
    const again = given(await signed());
    expect((await check([added(), again, again])).codes).toEqual(['passkey_invalid']);
  });

  it.each<[string, () => readonly EntryContent[]]>([
    ['never added', () => []],
    ['added by somebody else', () => [added(passkey, { who: 'https://id.example.com|mallory' })]],
    ['added with another key', () => [added({ ...passkey, publicKey: makePasskey().publicKey })]],
    ['removed before', () => [added(), ended('passkey.removed', '2026-07-28T08:00:00.000Z')]],
    ['blocked before', () => [added(), ended('passkey.blocked', '2026-07-28T08:00:00.000Z')]],
    [
      'taken over by a later entry',
      () => [added({ ...passkey, publicKey: makePasskey().publicKey }), added(passkey)],
    ],
  ])('is found where its passkey was %s', async (_name, before) => {
    const found = await check([...before(), given(await signed())]);
    expect(found).toMatchObject({ codes: ['passkey_unregistered'], verified: 0 });
  });

  it('is found where the key beside it is another one that signed it', async () => {
    const other = makePasskey();
    const data = { ...(await signed(other)), credentialId: passkey.credentialId };
    expect((await check([added(), given(data)])).codes).toEqual(['passkey_unregistered']);
  });

  it('is found where its signature was taken out', async () => {
    expect((await check([added(), held(), given(undefined)])).codes).toEqual(['passkey_missing']);
    expect((await check([held(), given(undefined, { verdict: 'deny' })])).codes).toEqual([]);
    const broken = entryOf('approval.break-glass', {}, { approval: APPROVAL });
    expect((await check([held(), broken])).codes).toEqual(['passkey_missing']);
  });

  it('is found where it can’t be read', async () => {
    expect((await check([added(), given({ statement: {} })])).codes).toEqual(['passkey_invalid']);
  });
});
