import { beforeAll, describe, expect, it } from '@jest/globals';
import type { NoteSigner, SigningKey, VerifierKey } from './note-keys.ts';
import { generateSigningKey, openSigner, parseVerifierKey } from './note-keys.ts';
import { openNote, signNote } from './signed-note.ts';
import { openCheckpoint, signCheckpoint } from './checkpoint.ts';

// The key pair and note of Go's golang.org/x/mod/sumdb/note, the format's reference implementation.
const peter: SigningKey = {
  skey: 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz',
  vkey: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
};
const peterText =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n";
const peterNote =
  `${peterText}\n` +
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

// The example of the C2SP specification.
const exampleVkey = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const exampleNote =
  'This is an example message.\n\n' +
  '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';

describe('signed notes', () => {
  it('signs the published note byte for byte', async () => {
    const signer = await openSigner(peter.skey);
    expect(signer.vkey).toBe(peter.vkey);
    expect(await signNote(peterText, [signer])).toBe(peterNote);
  });

  it('opens the published notes', async () => {
    const keys = [await parseVerifierKey(peter.vkey), await parseVerifierKey(exampleVkey)];
    expect(await openNote(peterNote, keys)).toEqual({
      text: peterText,
      signedBy: ['PeterNeumann'],
    });
    expect((await openNote(exampleNote, keys)).signedBy).toEqual(['example.com/foo']);
  });

  it('makes key pairs that work', async () => {
    const { skey, vkey } = await generateSigningKey('log.example/main');
    const note = await signNote('hello\n', [await openSigner(skey)]);
    expect((await openNote(note, [await parseVerifierKey(vkey)])).text).toBe('hello\n');
  });

  const unreadable = [
    {
      description: 'a changed word',
      note: peterNote.replace('answer', 'question'),
      code: 'note_signature_invalid',
    },
    { description: 'only unknown keys', note: exampleNote, code: 'note_unsigned' },
    {
      description: 'a good and a failing signature',
      note: `${peterNote}${badLine()}`,
      code: 'note_signature_invalid',
    },
    { description: 'no final line break', note: peterNote.slice(0, -1), code: 'note_malformed' },
    { description: 'no signature', note: peterText, code: 'note_malformed' },
    {
      description: 'two hyphens for the dash',
      note: peterNote.replace('—', '--'),
      code: 'note_malformed',
    },
    {
      description: 'a control character',
      note: peterNote.replace(' ', '\t'),
      code: 'note_malformed',
    },
    {
      description: 'base64 with stray bits',
      note: peterNote.replace('AM=', 'AN='),
      code: 'note_malformed',
    },
    {
      description: '101 signatures',
      note: peterNote + badLine().repeat(100),
      code: 'note_malformed',
    },
  ];
  it.each(unreadable)('refuses a note with $description', async ({ note, code }) => {
    const keys = [await parseVerifierKey(peter.vkey)];
    await expect(openNote(note, keys)).rejects.toMatchObject({ code });
  });

  it.each([
    { description: 'another hash', vkey: peter.vkey.replace('c74f20a3', 'c74f20a4') },
    { description: 'another name', vkey: peter.vkey.replace('Peter', 'Pater') },
    {
      description: 'a wrong length',
      vkey: 'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==',
    },
    {
      description: 'another algorithm',
      vkey: 'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    },
    { description: 'white space in the name', vkey: ` ${peter.vkey}` },
  ])('refuses a verifier key with $description', async ({ vkey }) => {
    await expect(parseVerifierKey(vkey)).rejects.toMatchObject({ code: 'key_malformed' });
  });

  it('never repeats a private key in an error', async () => {
    const broken = peter.skey.replace('c74f20a3', 'c74f20a4');
    const error: unknown = await openSigner(broken).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'key_malformed' });
    expect(String(error)).not.toContain('AYEKFALVFGyN');
  });
});

describe('checkpoints', () => {
  const root = Uint8Array.from({ length: 32 }, (_, index) => index);
  let signer: NoteSigner;
  let key: VerifierKey;
  let witness: NoteSigner;

  beforeAll(async () => {
    signer = await openSigner(peter.skey);
    key = await parseVerifierKey(peter.vkey);
    witness = await openSigner((await generateSigningKey('witness.example')).skey);
  });

  it('reads back what was signed', async () => {
    const head = { origin: 'PeterNeumann', size: 12_345_678_901, root, extensions: ['a line'] };
    const note = await signCheckpoint(head, signer);
    expect(note.startsWith('PeterNeumann\n12345678901\nAAECAwQF')).toBe(true);
    expect(await openCheckpoint(note, [key])).toEqual({ ...head, signedBy: ['PeterNeumann'] });
  });

  it('passes over a witness it does not know, and names one it knows', async () => {
    const text = (await signCheckpoint({ origin: 'PeterNeumann', size: 1, root }, signer)).split(
      '\n\n',
    )[0];
    const note = await signNote(`${text}\n`, [witness, signer]);
    const known = await parseVerifierKey(witness.vkey);
    expect((await openCheckpoint(note, [key])).signedBy).toEqual(['PeterNeumann']);
    expect((await openCheckpoint(note, [key, known])).signedBy).toEqual([
      'witness.example',
      'PeterNeumann',
    ]);
  });

  it('is not satisfied by a witness alone', async () => {
    const text = (await signCheckpoint({ origin: 'PeterNeumann', size: 1, root }, signer)).split(
      '\n\n',
    )[0];
    const note = await signNote(`${text}\n`, [witness]);
    const keys = [key, await parseVerifierKey(witness.vkey)];
    await expect(openCheckpoint(note, keys)).rejects.toMatchObject({ code: 'note_unsigned' });
  });

  it.each([
    { description: 'a leading zero', lines: ['PeterNeumann', '01', 'A'.repeat(43) + '='] },
    { description: 'a short root', lines: ['PeterNeumann', '1', 'AAAA'] },
    {
      description: 'an inexact size',
      lines: ['PeterNeumann', '9007199254740993', 'A'.repeat(43) + '='],
    },
    { description: 'no root', lines: ['PeterNeumann', '1'] },
  ])('refuses a signed text with $description', async ({ lines }) => {
    const note = await signNote(`${lines.join('\n')}\n`, [signer]);
    await expect(openCheckpoint(note, [key])).rejects.toMatchObject({
      code: 'checkpoint_malformed',
    });
  });

  it.each([
    { description: 'a negative size', head: { origin: 'PeterNeumann', size: -1, root } },
    {
      description: 'an extension of two lines',
      head: { origin: 'PeterNeumann', size: 1, root, extensions: ['a\nb'] },
    },
    { description: "another log's origin", head: { origin: 'Other', size: 1, root } },
    { description: 'a short root', head: { origin: 'PeterNeumann', size: 1, root: root.slice(1) } },
  ])('does not sign $description', async ({ head }) => {
    await expect(signCheckpoint(head, signer)).rejects.toMatchObject({
      code: 'checkpoint_malformed',
    });
  });
});

/** A line of the known key whose signature is of something else. */
function badLine(): string {
  return `— PeterNeumann ${Buffer.concat([Buffer.from('c74f20a3', 'hex'), Buffer.alloc(64)]).toString('base64')}\n`;
}
