import { describe, expect, it } from '@jest/globals';
import { faultOfBody, faultOfUrl, filledBody, filledUrl, TICKET_WORDS } from './ticket-template.ts';

const EVIL = '"}, {"a": {title} \\ \n/../?x=1&y#z';
const values = {
  ...{ title: EVIL, text: EVIL, link: EVIL, event: '', severity: '', approval: '', step: '1' },
  ...{ reference: 'r', ticket: 'a/b c', status: 'approved' },
};

describe('a template', () => {
  // Guarantee: no value ends the text that it stands in, and none is a placeholder itself.
  it('keeps each value within its text', () => {
    const body = filledBody('{"fields":{"a":"<{title}>","b":["{step}",1]},"{text}":null}', values);
    expect(JSON.parse(body)).toEqual({ fields: { a: `<${EVIL}>`, b: ['1', 1] }, '{text}': null });
  });

  it('keeps each value within its part of the address', () => {
    expect(filledUrl('https://t.example.com/{ticket}/x?q={title}', values)).toBe(
      `https://t.example.com/a%2Fb%20c/x?q=${encodeURIComponent(EVIL)}`,
    );
    expect(() =>
      filledUrl('https://t.example.com/{ticket}', { ...values, ticket: '..' }),
    ).toThrow();
  });

  it.each([
    ['a placeholder in the host', 'https://{title}.example.com/'],
    ['a placeholder as the port', 'https://t.example.com:{step}/'],
    ['a user', 'https://a@t.example.com/'],
    ['another scheme', 'file:///etc'],
    ['an unknown word', 'https://t.example.com/{secret}'],
  ])('is refused with %s', (_what, url) => {
    expect(faultOfUrl(url, TICKET_WORDS)).toBeDefined();
  });

  it('is refused where it is no JSON, or names what isn’t known yet', () => {
    expect(faultOfBody('{"a": {title}}', TICKET_WORDS)).toBeDefined();
    expect(faultOfBody('{"a": "{ticket}"}', ['title'])).toBe(
      'There is no {ticket} here. There is: {title}.',
    );
    expect(faultOfBody('{"a": "{ticket}"}', TICKET_WORDS)).toBeUndefined();
    expect(faultOfUrl('https://t.example.com/x/{ticket}', TICKET_WORDS)).toBeUndefined();
  });
});
