import type { Detect } from './span.ts';

/** Lengths by country, ISO 13616 registry. */
const LENGTHS: Readonly<Record<string, number>> = {
  AD: 24,
  AE: 23,
  AL: 28,
  AT: 20,
  AZ: 28,
  BA: 20,
  BE: 16,
  BG: 22,
  BH: 22,
  BI: 27,
  BR: 29,
  BY: 28,
  CH: 21,
  CR: 22,
  CY: 28,
  CZ: 24,
  DE: 22,
  DJ: 27,
  DK: 18,
  DO: 28,
  EE: 20,
  EG: 29,
  ES: 24,
  FI: 18,
  FK: 18,
  FO: 18,
  FR: 27,
  GB: 22,
  GE: 22,
  GI: 23,
  GL: 18,
  GR: 27,
  GT: 28,
  HN: 28,
  HR: 21,
  HU: 28,
  IE: 22,
  IL: 23,
  IQ: 23,
  IS: 26,
  IT: 27,
  JO: 30,
  KW: 30,
  KZ: 20,
  LB: 28,
  LC: 32,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  LY: 25,
  MC: 27,
  MD: 24,
  ME: 22,
  MK: 19,
  MN: 20,
  MR: 27,
  MT: 31,
  MU: 30,
  NI: 28,
  NL: 18,
  NO: 15,
  OM: 23,
  PK: 24,
  PL: 28,
  PS: 29,
  PT: 25,
  QA: 29,
  RO: 24,
  RS: 22,
  RU: 33,
  SA: 24,
  SC: 31,
  SD: 18,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  SO: 23,
  ST: 25,
  SV: 28,
  TL: 23,
  TN: 24,
  TR: 26,
  UA: 29,
  VA: 22,
  VG: 24,
  XK: 20,
  YE: 30,
};

const START = /(?<![\p{L}\p{N}])[A-Z]{2}[ -]?\d[ -]?\d/giu;

/** International bank account numbers: a country's length and a right remainder (ISO 7064, 97-10). */
export const detectIban: Detect = function* (text) {
  for (const match of text.matchAll(START)) {
    const length = LENGTHS[match[0].slice(0, 2).toUpperCase()];
    const end = length === undefined ? null : ibanEnd(text, match.index, length);
    if (end !== null) yield { start: match.index, end };
  }
};

/** Walks over at most 34 characters and as many single separators. */
function ibanEnd(text: string, start: number, length: number): number | null {
  let compact = '';
  let at = start;
  for (; compact.length < length; at += 1) {
    const char = text[at] ?? '';
    if (/[A-Za-z0-9]/.test(char)) compact += char.toUpperCase();
    else if (!/[ -]/.test(char) || /[ -]/.test(text[at - 1] ?? '')) return null;
  }
  if (/[\p{L}\p{N}]/u.test(text[at] ?? '')) return null;
  return remainder97(compact) === 1 ? at : null;
}

function remainder97(iban: string): number {
  let rest = 0;
  for (const char of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

export const IBAN_PATTERNS = [START];
