import { detectCreditCard } from './credit-card.ts';
import { detectEmail } from './email.ts';
import { detectIban } from './iban.ts';
import { detectPhone, isPhoneMember } from './phone.ts';
import { detectSecret, isSecretKey, isSecretValue } from './secret.ts';
import type { Detect } from './span.ts';
import { detectUsSsn, isSsnMember } from './us-ssn.ts';

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

/** Is the value of this member one only because its key says so? */
export function isDetectedMember(detector: Detector, key: string, value: string): boolean {
  switch (detector) {
    case 'secret':
      return isSecretKey(key) && isSecretValue(value);
    case 'phone':
      return isPhoneMember(key, value);
    case 'us-ssn':
      return isSsnMember(key, value);
    case 'email':
    case 'credit-card':
    case 'iban':
      return false;
    default:
      return detector satisfies never;
  }
}

export function isDetector(name: string): name is Detector {
  return Object.hasOwn(DETECTORS, name);
}
