import { describe, expect, it } from '@jest/globals';
import { checkChannel, emptyConfig, emptyDraft } from './channel-draft.ts';

describe('the form of a channel', () => {
  it('sends no secret that nobody typed, so that the stored one stays', () => {
    const config = { ...emptyConfig('webhook'), url: 'https://hooks.example.com/' };
    expect(checkChannel({ ...emptyDraft(), title: 'Hooks', config })).toMatchObject({
      ok: true,
      input: { secrets: {}, config: { kind: 'webhook', allowPrivate: false } },
    });
  });

  it('names each field that is wrong', () => {
    const config = { ...emptyConfig('email'), port: 'x', to: ['nobody'] };
    const checked = checkChannel({ ...emptyDraft(), config });
    expect(checked.ok ? [] : Object.keys(checked.errors)).toEqual([
      'title',
      'config.host',
      'config.port',
      'config.from',
      'config.to.0',
    ]);
  });
});
