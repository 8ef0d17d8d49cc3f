import { notificationPreferenceSchema } from '@holdpoint/contracts';
import { describe, expect, it } from '@jest/globals';
import { previewOf } from './telling-preview.ts';

const EVENING = new Date('2026-11-27T19:00:00Z'); // Friday, 20:00 in Berlin
const preview = (wishes: object) =>
  previewOf(notificationPreferenceSchema.parse({ timeZone: 'Europe/Berlin', ...wishes }), EVENING);
const nights = { days: ['fri', 'sat'], from: '22:00', to: '08:00' };

describe('what will happen', () => {
  it('is at once where nothing is chosen', () => {
    expect(preview({})).toEqual(['A call that is held now would be told at once.']);
  });

  it('says when the night is over, and what comes through', () => {
    expect(preview({ quiet: nights })).toEqual([
      'A call that is held now would be told at once.',
      'One that is held on Friday at 22:00 would be told on Saturday at 08:00, in one message with what else waits by then.',
      'At once, whatever the hour: escalations to you and what nobody could decide any more by then.',
    ]);
  });

  it('says when the next digest comes', () => {
    const digest = { kind: 'daily', at: '09:00' };
    expect(preview({ digest, escalations: false, deadlines: false })).toEqual([
      'A call that is held now would be told on Saturday at 09:00, in one message with what else waits by then.',
      'Nothing comes through before its time.',
    ]);
  });

  it('says nothing of a form that is not whole', () => {
    expect(preview({ timeZone: 'Nowhere' })).toEqual([]);
  });
});
