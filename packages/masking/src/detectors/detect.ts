import { SIGN } from '../normalise.ts';
import { detectCreditCard } from './credit-card.ts';
import { detectEmail } from './email.ts';
import { detectIban } from './iban.ts';
import { detectPhone, isPhoneKey, isPhoneValue } from './phone.ts';
import { detectSecret, isSecretKey, isSecretValue } from './secret.ts';
import type { Detect } from './span.ts';
import { detectUsSsn, isSsnKey, isSsnValue } from './us-ssn.ts';

/** What can be recognised by its form, wherever it stands. */
export type Detector = 'email' | 'phone' | 'credit-card' | 'us-ssn' | 'iban' | 'secret';

/** In the order in which a text that is several of them is named. */
export const DETECTORS = {
  secret: detectSecret,
  'credit-card': detectCreditCard,
  iban: detectIban,
  'us-ssn': detectUsSsn,
  email: detectEmail,
  phone: detectPhone,
} as const satisfies Record<Detector, Detect>;

/**
 * A detector looks into a text only where one of these signs is in it (0: always). Most texts have
 * none of them, and are read once instead of once per pattern.
 */
export const SIGNS_OF = {
  secret: 0,
  'credit-card': SIGN.digit,
  iban: SIGN.digit,
  'us-ssn': SIGN.digit,
  // `%40`, `&#64;` and `\u0040` have digits, `&commat;` has an ampersand.
  email: SIGN.at | SIGN.digit | SIGN.ampersand,
  phone: SIGN.digit,
} as const satisfies Record<Detector, number>;

interface MemberDetector {
  readonly isKey: (key: string) => boolean;
  readonly isValue: (value: string) => boolean;
}

/** Values that are values of a kind only because their member's key says so. */
export const MEMBER_DETECTORS: Readonly<Partial<Record<Detector, MemberDetector>>> = {
  secret: { isKey: isSecretKey, isValue: isSecretValue },
  phone: { isKey: isPhoneKey, isValue: isPhoneValue },
  'us-ssn': { isKey: isSsnKey, isValue: isSsnValue },
};

export function isDetector(name: string): name is Detector {
  return Object.hasOwn(DETECTORS, name);
}
