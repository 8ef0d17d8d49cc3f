import { canonicalJson, type JsonValue } from './canonical-json.ts';
import type { EntryContent } from './entry.ts';
import { assertionFault, type AssertionFault, type PasskeyPublicKey } from './passkey-assertion.ts';
import { passkeyChallenge, reasonDigest, type PasskeyStatement } from './passkey-statement.ts';
import type { FindingList } from './verify-report.ts';

interface Registration {
  readonly person: string;
  readonly publicKey: string;
  readonly rpId: string;
  readonly origin: string;
  endedAt: string | undefined;
}

/** Entries by which a person lets a held call run, unless they say `deny`. */
const LETTING_RUN: ReadonlySet<string> = new Set(['verdict.given', 'approval.break-glass']);

/** An entry that two gateways write in the same moment may come before one that it followed. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Checks every verdict that a passkey signed: that the statement is what its entry says, that the
 * signature holds, and that an earlier entry gave this key to this person. And that no verdict lacks
 * the signature where the hold demanded one.
 */
export class PasskeyCheck {
  readonly #registered = new Map<string, Registration>();
  readonly #demanded = new Set<string>();
  readonly #nonces = new Set<string>();
  readonly #findings: FindingList;
  /** The entries from the very first on: what isn't registered among them never was. */
  readonly #isWhole: boolean;
  #verified = 0;
  #unseen = 0;

  constructor(findings: FindingList, firstPosition: number) {
    this.#findings = findings;
    this.#isWhole = firstPosition === 0;
  }

  /** Verdicts whose signature holds. */
  get verified(): number {
    return this.#verified;
  }

  /** Of these, those whose passkey was added before the first entry of the export. */
  get unseen(): number {
    return this.#unseen;
  }

  async add(position: number, entry: EntryContent): Promise<void> {
    const data = recordOf(entry['data']);
    if (entry.kind === 'passkey.added') this.#register(entry, data);
    if (entry.kind === 'passkey.removed' || entry.kind === 'passkey.blocked') {
      const known = this.#registered.get(textOf(data['credentialId']));
      if (known) known.endedAt ??= entry.at;
    }
    const approval = textOf(entry['approval']);
    if (!entry.kind.startsWith('verdict.') && isNonEmptyList(data['passkeyRules']))
      this.#demanded.add(approval);
    if (data['passkey'] !== undefined) await this.#checkSigned(position, entry, data);
    else if (
      LETTING_RUN.has(entry.kind) &&
      data['verdict'] !== 'deny' &&
      this.#demanded.has(approval)
    ) {
      const message = `The verdict of entry ${position} lacks the passkey’s signature that its hold demanded.`;
      this.#findings.add('tampering', 'passkey_missing', message, { position });
    }
  }

  #register(entry: EntryContent, data: Fields): void {
    const credentialId = textOf(data['credentialId']);
    // The first one stands: an entry that came later can't take a passkey over.
    if (credentialId === '' || this.#registered.has(credentialId)) return;
    this.#registered.set(credentialId, {
      person: textOf(entry['who']),
      publicKey: formOf(data['publicKey']),
      rpId: textOf(data['rpId']),
      origin: textOf(data['origin']),
      endedAt: undefined,
    });
  }

  async #checkSigned(position: number, entry: EntryContent, data: Fields): Promise<void> {
    const signed = readSigned(recordOf(data['passkey']));
    const wrong =
      signed === undefined
        ? 'can’t be read'
        : ((await this.#unlikeEntry(signed, entry, data)) ?? (await faultOf(signed)));
    if (signed === undefined || wrong !== undefined) {
      const message = `The passkey’s signature of entry ${position} ${wrong}.`;
      this.#findings.add('tampering', 'passkey_invalid', message, { position });
      return;
    }
    const unknown = this.#unlikeRegistered(signed, entry);
    if (unknown !== undefined) {
      const message = `The passkey of entry ${position} ${unknown}.`;
      this.#findings.add('tampering', 'passkey_unregistered', message, { position });
      return;
    }
    this.#verified += 1;
  }

  /** The statement is rebuilt from what the entry says elsewhere, so neither can say more than the other. */
  async #unlikeEntry(
    { statement }: Signed,
    entry: EntryContent,
    data: Fields,
  ): Promise<string | undefined> {
    const said = {
      ...statement,
      type: 'holdpoint-verdict-v1',
      approval: textOf(entry['approval']),
      step: typeof data['step'] === 'number' ? data['step'] : -1,
      verdict: textOf(data['verdict']),
      reason: await reasonDigest(textOf(data['reason'])),
      params: textOf(data['paramsDigest']),
      person: textOf(entry['who']),
    };
    if (canonicalJson(said) !== canonicalJson(statement)) return 'is for another verdict';
    const isRepeated = this.#nonces.has(statement.nonce);
    this.#nonces.add(statement.nonce);
    return isRepeated ? 'was used before' : undefined;
  }

  #unlikeRegistered(signed: Signed, entry: EntryContent): string | undefined {
    const known = this.#registered.get(signed.credentialId);
    if (known === undefined) {
      if (this.#isWhole) return 'was never added';
      this.#unseen += 1;
      return undefined;
    }
    if (known.person !== textOf(entry['who'])) return 'was added by somebody else';
    const { rpId, origin } = signed;
    const isSame =
      known.publicKey === formOf(signed.publicKey) &&
      known.rpId === rpId &&
      known.origin === origin;
    if (!isSame) return 'was added with another key or address';
    const { endedAt } = known;
    if (endedAt !== undefined && Date.parse(entry.at) > Date.parse(endedAt) + CLOCK_TOLERANCE_MS)
      return 'had been removed';
    return undefined;
  }
}

/** What an entry keeps of an assertion. */
interface Signed {
  readonly statement: PasskeyStatement;
  readonly credentialId: string;
  readonly publicKey: PasskeyPublicKey;
  readonly rpId: string;
  readonly origin: string;
  readonly authenticatorData: string;
  readonly clientDataJSON: string;
  readonly signature: string;
}

const FAULTS: Readonly<Record<AssertionFault, string>> = {
  unreadable: 'can’t be read',
  wrong_challenge: 'is for another statement',
  wrong_origin: 'was made on another page',
  wrong_relying_party: 'was made for another host',
  person_not_verified: 'was made without its person',
  wrong_signature: 'does not fit its key',
};

async function faultOf(signed: Signed): Promise<string | undefined> {
  const challenge = await passkeyChallenge(signed.statement);
  const fault = await assertionFault(signed, signed.publicKey, signed, challenge);
  return fault && FAULTS[fault];
}

type Fields = Readonly<Record<string, unknown>>;

function readSigned(fields: Fields): Signed | undefined {
  const statement = readStatement(recordOf(fields['statement']));
  const publicKey = readPublicKey(recordOf(fields['publicKey']));
  if (statement === undefined || publicKey === undefined) return undefined;
  const { credentialId, rpId, origin, authenticatorData, clientDataJSON, signature } = fields;
  if (
    !isText(credentialId) ||
    !isText(rpId) ||
    !isText(origin) ||
    !isText(authenticatorData) ||
    !isText(clientDataJSON) ||
    !isText(signature)
  )
    return undefined;
  return {
    ...{ statement, credentialId, publicKey, rpId, origin },
    ...{ authenticatorData, clientDataJSON, signature },
  };
}

function readStatement(fields: Fields): PasskeyStatement | undefined {
  const { type, approval, step, verdict, reason, params, shown, terms, person, nonce } = fields;
  if (
    type !== 'holdpoint-verdict-v1' ||
    typeof step !== 'number' ||
    Object.keys(fields).length > 10
  )
    return undefined;
  if (!isText(approval) || !isText(verdict) || !isText(reason) || !isText(params)) return undefined;
  if (!isText(shown) || !isText(person) || !isText(nonce)) return undefined;
  if (terms !== null && !isText(terms)) return undefined;
  return { type, approval, step, verdict, reason, params, shown, terms, person, nonce };
}

function readPublicKey({ kty, crv, x, y, n, e }: Fields): PasskeyPublicKey | undefined {
  if (kty === 'EC' && crv === 'P-256' && isText(x) && isText(y)) return { kty, crv, x, y };
  if (kty === 'OKP' && crv === 'Ed25519' && isText(x)) return { kty, crv, x };
  return kty === 'RSA' && isText(n) && isText(e) ? { kty, n, e } : undefined;
}

function recordOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function formOf(key: unknown): string {
  const read = readPublicKey(recordOf(key));
  const form: JsonValue = read === undefined ? null : { ...read };
  return canonicalJson(form);
}

function textOf(value: unknown): string {
  return isText(value) ? value : '';
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isNonEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}
