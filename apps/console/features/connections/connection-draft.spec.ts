import { describe, expect, it } from '@jest/globals';
import {
  checkDraft,
  EMPTY_CLIENT,
  EMPTY_DRAFT,
  type ClientDraft,
  type ConnectionDraft,
} from './connection-draft.ts';

const draft = (...clients: readonly Partial<ClientDraft>[]): ConnectionDraft => ({
  ...EMPTY_DRAFT,
  slug: 'crm',
  title: 'CRM',
  url: 'https://crm.example.com/mcp',
  chain: [{ groups: ['dba'], people: [], quorum: 1 }],
  clients: clients.map((client) => ({ ...EMPTY_CLIENT, name: 'thing', ...client })),
});

describe('checkDraft: clients', () => {
  it('reads an empty version as any, and an empty deadline as the connection’s', () => {
    const checked = checkDraft(
      draft({ name: ' thing* ', version: ' ', holdDeadlineS: '' }),
      'none',
    );
    expect(checked.ok && checked.input.clients).toEqual([
      {
        name: 'thing*',
        version: null,
        holdDeadlineS: null,
        resetsOnProgress: false,
        polling: false,
      },
    ]);
  });

  it('takes what was typed', () => {
    const typed = { version: '2.*', holdDeadlineS: '240', resetsOnProgress: true, polling: true };
    const checked = checkDraft(draft(typed), 'none');
    expect(checked.ok && checked.input.clients).toEqual([
      { ...typed, name: 'thing', holdDeadlineS: 240 },
    ]);
  });

  it.each<[string, readonly Partial<ClientDraft>[], string, string]>([
    ['no name', [{ name: ' ' }], 'clients.0.name', 'Name a client, or * for any.'],
    [
      'no number',
      [{ holdDeadlineS: 'soon' }],
      'clients.0.holdDeadlineS',
      'A number of seconds, or empty.',
    ],
    ['a part of a second', [{ holdDeadlineS: '1.5' }], 'clients.0.holdDeadlineS', 'Whole seconds.'],
    ['no time at all', [{ holdDeadlineS: '0' }], 'clients.0.holdDeadlineS', 'At least 1 second.'],
    [
      'more than an hour',
      [{ holdDeadlineS: '3601' }],
      'clients.0.holdDeadlineS',
      'At most 3600 seconds.',
    ],
    [
      'the same client twice',
      [{}, { name: 'THING' }],
      'clients.1.name',
      'This client is already named above; the first one counts.',
    ],
    [
      'polling for the client that never comes back',
      [{ name: 'ai-sdk-mcp-client', polling: true }],
      'clients.0.polling',
      '@ai-sdk/mcp does not come back for the rest of a stream, so it would never get its answer.',
    ],
  ])('says what is wrong with %s', (_what, clients, field, message) => {
    expect(checkDraft(draft(...clients), 'none')).toEqual({
      ok: false,
      errors: { [field]: message },
    });
  });
});
