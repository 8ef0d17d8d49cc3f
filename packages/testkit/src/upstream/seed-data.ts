/** Everything here is made up: example.com addresses, 555-01xx phones, published test numbers. */

const FIRST_NAMES =
  'Amara Bjorn Chiara Dmitri Elena Farid Greta Hiro Imani Jonas Keiko Lars Mireille Nadia Omar Priya Quentin Rosa Stefan Tamsin'.split(
    ' ',
  );
const LAST_NAMES =
  'Okafor Lindqvist Moretti Volkov Navarro Haddad Baumann Tanaka Mwangi Petersen Sato Nilsson'.split(
    ' ',
  );

/** Numbers the US administration voided because they were printed in advertisements. */
const VOID_SSNS = [
  '078-05-1120',
  '219-09-9999',
  '042-10-3580',
  '062-36-0749',
  '095-07-3645',
  '128-03-6045',
  '135-01-6629',
  '141-18-6941',
  '165-16-7999',
  '189-09-2294',
  '212-09-7694',
  '306-30-2348',
  '308-12-5070',
  '468-28-8779',
  '549-24-1889',
];

/** Card numbers that payment providers publish for tests; all pass the Luhn check. */
const TEST_CARDS = [
  '4111111111111111',
  '4242424242424242',
  '5555555555554444',
  '5105105105105100',
  '378282246310005',
  '6011111111111117',
  '3566002020360505',
  '4000056655665556',
];

const ITEMS = ['Annual plan', 'Team seat', 'Storage 100 GB', 'Onboarding day', 'Support, gold'];
const STATUSES = ['paid', 'shipped', 'cancelled', 'paid', 'pending'];

const CUSTOMER_COUNT = 60;
export const ORDER_COUNT = 200;

export interface CustomerRow {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly ssn: string;
  readonly card_number: string;
  readonly salary: number;
  readonly status: string;
  readonly notes: string;
}

export interface OrderRow {
  readonly id: number;
  readonly customer_id: number;
  readonly item: string;
  readonly amount_cents: number;
  readonly status: string;
  readonly ordered_on: string;
}

/** The same customers every time. */
export function seedCustomers(): CustomerRow[] {
  return Array.from({ length: CUSTOMER_COUNT }, (_, index) => {
    const first = pick(FIRST_NAMES, index);
    const last = pick(LAST_NAMES, index * 7 + Math.floor(index / FIRST_NAMES.length));
    const email = `${first}.${last}@example.com`.toLowerCase();
    const phone = `+1-212-555-${String(100 + index).padStart(4, '0')}`;
    return {
      id: index + 1,
      name: `${first} ${last}`,
      email,
      phone,
      ssn: pick(VOID_SSNS, index),
      card_number: pick(TEST_CARDS, index),
      salary: 42_000 + ((index * 1_370) % 61_000),
      status: index % 9 === 4 ? 'inactive' : 'active',
      notes: index % 5 === 0 ? `Prefers a call on ${phone}; invoices to ${email}.` : '',
    };
  });
}

/** The same orders every time; a good part of them cancelled, so that a demo has some to delete. */
export function seedOrders(): OrderRow[] {
  return Array.from({ length: ORDER_COUNT }, (_, index) => ({
    id: 1_000 + index,
    customer_id: ((index * 17) % CUSTOMER_COUNT) + 1,
    item: pick(ITEMS, index * 3),
    amount_cents: 1_900 + ((index * 4_301) % 90_000),
    status: pick(STATUSES, index),
    ordered_on: new Date(Date.UTC(2026, 0, 5 + index)).toISOString().slice(0, 10),
  }));
}

export const MODEL_SETTINGS: Readonly<Record<string, unknown>> = {
  'support-assistant.model': 'large-2026-03',
  'support-assistant.temperature': 0.2,
  'support-assistant.max_tokens': 2048,
  'fraud-score.threshold': 0.87,
  'recommendations.enabled': true,
};

function pick(values: readonly string[], index: number): string {
  return values[index % values.length] ?? '';
}
