import { describe, expect, it } from '@jest/globals';
import { maskText } from '../index.ts';
import { CARD_PATTERNS } from './credit-card.ts';
import { DETECTORS, isDetector } from './detect.ts';
import { IBAN_PATTERNS } from './iban.ts';
import { PHONE_PATTERNS } from './phone.ts';
import { SECRET_PATTERNS } from './secret.ts';
import { SSN_PATTERNS } from './us-ssn.ts';

const rules = [{ detect: Object.keys(DETECTORS).filter(isDetector), as: 'redact' as const }];

// Assembled, so that no scanner of this repository takes a test value for a leaked one.
const AWS = 'AKIA' + 'IOSFODNN7EXAMPLE';
const GITHUB = 'ghp_' + '0123456789abcdefghijABCDEFGHIJ012345';
const STRIPE = 'sk_' + 'live_' + '0123456789abcdefABCDEF';
const SLACK = 'xoxb-' + '1234567890-abcdefghij';
const OPENAI = 'sk-' + 'proj-0123456789abcdefghijABCD';
const JWT = 'eyJ' + 'hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P';
const PEM = '-----BEGIN RSA ' + 'PRIVATE KEY-----\nMIIEow\n-----END RSA ' + 'PRIVATE KEY-----';

const found: readonly (readonly [string, string, string])[] = [
  ['an address', 'ada@example.com', '[redacted:email]'],
  ['an address in a sentence', 'Mail ada@example.com.', 'Mail [redacted:email].'],
  ['plus addressing', 'ada+lists@mail.example.co.uk', '[redacted:email]'],
  ['angle brackets', 'Ada <ada@example.com>', 'Ada <[redacted:email]>'],
  ['quoted', "'ada@example.com'", "'[redacted:email]'"],
  ['a quoted local part', '"ada lovelace"@example.com', '[redacted:email]'],
  ['mailto', 'mailto:ada@example.com?subject=x', 'mailto:[redacted:email]?subject=x'],
  ['two in a row', 'a.b@example.com,c.d@example.com', '[redacted:email],[redacted:email]'],
  ['a unicode address', 'жанна@пример.рф', '[redacted:email]'],
  ['an apostrophe', "o'brien@example.ie", '[redacted:email]'],
  ['percent-encoded in a URL', '/find?q=ada%40example.com', '/find?q=[redacted:email]'],
  ['an HTML entity', 'ada&#64;example.com', '[redacted:email]'],
  ['an escape of unreadable JSON', '{"a":"ada\\u0040example.com"', '{"a":"[redacted:email]"'],
  ['a full-width at sign', 'ada＠example.com', '[redacted:email]'],
  ['full-width letters', 'ａｄａ@example．com', '[redacted:email]'],
  ['a zero-width space inside', 'ada@exam\u200bple.com', '[redacted:email]'],
  ['a zero-width joiner at the sign', 'ada\u200d@\u2060example.com', '[redacted:email]'],
  ['a soft hyphen inside', 'a\u00adda@example.com', '[redacted:email]'],
  ['a direction mark inside', 'ada\u202e@example.com', '[redacted:email]'],
  ['E.164', '+14155550132', '[redacted:phone]'],
  ['international with spaces', 'call +44 20 7946 0958 now', 'call [redacted:phone] now'],
  ['international with brackets', '+49 (30) 901820-0', '[redacted:phone]'],
  ['brackets', '(415) 555-0132', '[redacted:phone]'],
  ['dashes', '415-555-0132', '[redacted:phone]'],
  ['dots', '415.555.0132', '[redacted:phone]'],
  ['spaces', '415 555 0132', '[redacted:phone]'],
  ['trunk digit', '1-415-555-0132', '[redacted:phone]'],
  ['ten digits', '4155550132', '[redacted:phone]'],
  ['two with a slash', '415-555-0132/415-555-0199', '[redacted:phone]/[redacted:phone]'],
  ['a short one with a label', 'phone: 555-0132', 'phone: [redacted:phone]'],
  ['a national one with a label', 'Tel. 020 7946 0958', 'Tel. [redacted:phone]'],
  ['non-breaking hyphens', '415\u2011555\u20110132', '[redacted:phone]'],
  ['full-width digits', '４１５-５５５-０１３２', '[redacted:phone]'],
  ['Arabic digits', '٤١٥-٥٥٥-٠١٣٢', '[redacted:phone]'],
  ['Visa', '4111111111111111', '[redacted:credit-card]'],
  ['Visa in groups', 'card 4111 1111 1111 1111 ok', 'card [redacted:credit-card] ok'],
  ['Visa with dashes', '4111-1111-1111-1111', '[redacted:credit-card]'],
  ['Visa with its check value behind', '4111 1111 1111 1111 123', '[redacted:credit-card] 123'],
  ['a number in front', '7 4111 1111 1111 1111', '7 [redacted:credit-card]'],
  ['Mastercard', '5555555555554444', '[redacted:credit-card]'],
  ['Mastercard of the 2-series', '2223003122003222', '[redacted:credit-card]'],
  ['American Express', '3782 822463 10005', '[redacted:credit-card]'],
  ['Discover', '6011111111111117', '[redacted:credit-card]'],
  ['Diners', '30569309025904', '[redacted:credit-card]'],
  ['JCB', '3530111333300000', '[redacted:credit-card]'],
  ['thin spaces', '4111\u20091111\u20091111\u20091111', '[redacted:credit-card]'],
  ['zero-width inside a card', '4111\u200b111111111111', '[redacted:credit-card]'],
  ['SSN with dashes', '123-45-6789', '[redacted:us-ssn]'],
  ['SSN with spaces', 'ssn 123 45 6789', 'ssn [redacted:us-ssn]'],
  ['SSN with en dashes', '123–45–6789', '[redacted:us-ssn]'],
  ['SSN bare with a label', 'SSN: 123456789', 'SSN: [redacted:us-ssn]'],
  ['IBAN', 'GB82WEST12345698765432', '[redacted:iban]'],
  ['IBAN in groups, a word behind', 'GB82 WEST 1234 5698 7654 32 and', '[redacted:iban] and'],
  ['IBAN in small letters', 'de89370400440532013000', '[redacted:iban]'],
  ['an AWS key id', AWS, '[redacted:secret]'],
  ['a GitHub token', `use ${GITHUB}!`, 'use [redacted:secret]!'],
  ['a Stripe key', STRIPE, '[redacted:secret]'],
  ['a Slack token', SLACK, '[redacted:secret]'],
  ['an OpenAI-like key', OPENAI, '[redacted:secret]'],
  ['a JWT', `Bearer ${JWT}`, 'Bearer [redacted:secret]'],
  ['a private key', `x ${PEM} y`, 'x [redacted:secret] y'],
  ['a private key cut off', PEM.slice(0, 40), '[redacted:secret]'],
  ['an assigned password', 'password=hunter2', 'password=[redacted:secret]'],
  ['a quoted one with a quote inside', 'password="hun\\"ter2" x', 'password="[redacted:secret]" x'],
  ['an environment variable', 'DB_PASSWORD=s3cret; x', 'DB_PASSWORD=[redacted:secret]; x'],
  ['an API key in YAML', 'api_key: abcdef', 'api_key: [redacted:secret]'],
  [
    'a password in a URL',
    'postgres://app:s3cret@db:5432/x',
    'postgres://app:[redacted:secret]@db:5432/x',
  ],
  [
    'a password with an at sign in a URL',
    'postgres://app:p@ss@db/x',
    'postgres://app:[redacted:secret]@db/x',
  ],
  [
    'basic authorization',
    'Authorization: Basic dXNlcjpwYXNzd29yZA==',
    'Authorization: Basic [redacted:secret]',
  ],
];

const passed: readonly (readonly [string, string])[] = [
  ['an ISO date', '2024-05-06'],
  ['an ISO time', '2024-05-06T12:30:45.123Z'],
  ['a UUID', '550e8400-e29b-41d4-a716-446655440000'],
  ['an all-digit UUID', '12345678-1234-4234-8234-123456789012'],
  ['an IPv4 address', '192.168.100.200'],
  ['a short id', '123456789'],
  ['a short id with dash', '555-0132'],
  ['a decimal', '3.4155550132'],
  ['a Unix time', '1700000000'],
  ['a Unix time in milliseconds', '1700000000000'],
  ['a fraction that Luhn likes', '0.4111111111111111'],
  ['a wrong check digit', '4111 1111 1111 1112'],
  ['no issuer', '9999999999999995'],
  ['twenty digits', '41111111111111111111'],
  ['a version at a package', 'pkg@1.2.3'],
  ['a scope', '@scope/package'],
  ['a mention', 'hello @ada'],
  ['a host without a dot', 'root@localhost'],
  ['the neutral address', 'redacted@example.invalid'],
  ['an area never given out', '666-45-6789'],
  ['a group never given out', '123-00-6789'],
  ['mixed separators', '123-45 6789'],
  ['an IBAN with a wrong remainder', 'GB83WEST12345698765432'],
  ['a password that is required', 'password: required'],
  ['talk of passwords', 'Passwords are stored hashed.'],
  ['a URL with a user only', 'https://user@host/path'],
  ['a URL with a port', 'http://host:8080/path'],
  ['a placeholder', 'password=[redacted:secret] [redacted:email]'],
  ['an empty string', ''],
  ['emoji', '👩‍👩‍👧 🇩🇪'],
];

describe('detectors', () => {
  it.each(found)('find %s', (_, text, masked) => {
    expect(maskText(text, rules).text).toBe(masked);
  });

  it.each(passed)('let %s pass', (_, text) => {
    expect(maskText(text, rules)).toMatchObject({ text, hits: [], changed: false });
  });

  it('keep of a partial value what tells two apart', () => {
    const partial = [{ detect: Object.keys(DETECTORS).filter(isDetector), as: 'partial' as const }];
    expect(maskText('ada@example.com 4111111111111111', partial).text).toBe(
      'a***@example.com ****1111',
    );
    expect(maskText('password=hunter2', partial).text).toBe('password=****');
  });

  it('cut a dropped value out', () => {
    expect(maskText('a ada@example.com b', [{ detect: ['email'], as: 'drop' }]).text).toBe('a  b');
  });

  it('do what is strongest where two rules want the same', () => {
    const both = [
      { detect: ['email' as const], as: 'partial' as const },
      { detect: ['email' as const], as: 'redact' as const },
    ];
    expect(maskText('ada@example.com', both)).toMatchObject({
      text: '[redacted:email]',
      hits: [{ by: 'email', as: 'redact', ruleIndex: 1 }],
    });
  });
});

describe('work', () => {
  // Guarantee: hostile text costs time in proportion to its length. No pattern repeats without a
  // bound, so one attempt at one position costs a constant.
  const patterns = [
    PHONE_PATTERNS,
    CARD_PATTERNS,
    SSN_PATTERNS,
    IBAN_PATTERNS,
    SECRET_PATTERNS,
  ].flat();
  it.each(patterns.map((pattern) => [pattern.source]))('is bounded in %s', (source) => {
    const bare = source.replace(/\\./g, '_').replace(/\[[^\]]*\]/g, '_');
    expect(bare).not.toMatch(/[*+]|\{\d+,\}/);
  });

  const MEGABYTE = 1_000_000;
  const hostile = [
    'a',
    '@',
    'a@',
    'a.',
    '%40',
    '"@',
    '1',
    '1 ',
    '4 ',
    '41111 ',
    '(415',
    '+1',
    '+',
    '-',
    'GB82 ',
    'GB82',
    'eyJaaaaaaaa.',
    'eyJaaaaaaaa ',
    'AKIAAAAAAAAAAAAAAAAA/',
    'password=',
    'password="',
    "password='x",
    'a://',
    'a:',
    '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN ',
    'secret: "',
    'tel: ',
    'ssn ',
    '\u200b',
    '４',
    '\\',
    '[redacted:',
    'bearer ',
    'sk-',
    'pass',
    ' ',
    '{',
    '["',
  ];
  it.each(hostile.map((unit) => [unit]))('comes to an end on a megabyte of %j', (unit) => {
    const text = unit.repeat(Math.ceil(MEGABYTE / unit.length));
    expect(typeof maskText(text, rules).text).toBe('string');
  });
});
