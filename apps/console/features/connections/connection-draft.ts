import {
  connectionInputSchema,
  readConnectorAddress,
  type ClientSetting,
  type Connection,
  type ConnectionInput,
  type CredentialInput,
  type Effect,
  type FirstCatalogue,
  type Quarantine,
  type ReadOnlyMarks,
  type TransportSetting,
} from '@holdpoint/contracts';
import type { StepValues } from '@holdpoint/policy/edit';
import { inputOf, valuesOf } from '../chains/chain-model.ts';

/** One kind of client as typed: an empty version matches any, an empty deadline is the connection's. */
export interface ClientDraft {
  readonly name: string;
  readonly version: string;
  readonly holdDeadlineS: string;
  readonly resetsOnProgress: boolean;
  readonly polling: boolean;
}

export const EMPTY_CLIENT: ClientDraft = {
  name: '',
  version: '',
  holdDeadlineS: '',
  resetsOnProgress: false,
  polling: false,
};

/** The form's own state: what a person can have typed, valid or not. */
export interface ConnectionDraft {
  readonly slug: string;
  readonly title: string;
  /** Through a connector, `url` is `connector://SITE/SERVER`. */
  readonly reach: 'directly' | 'connector';
  readonly url: string;
  readonly allowPrivate: boolean;
  readonly transport: TransportSetting;
  readonly credentialKind: CredentialInput['kind'];
  readonly headerName: string;
  /** The token or header value. Empty on an edit: the stored one stays. */
  readonly secret: string;
  readonly callerGroups: readonly string[];
  readonly defaultEffect: Effect;
  readonly readOnly: ReadOnlyMarks;
  readonly chain: readonly StepValues[];
  readonly holdDeadlineS: string;
  readonly clients: readonly ClientDraft[];
  readonly approvalWindowS: string;
  readonly quarantine: Quarantine;
  readonly firstCatalogue: FirstCatalogue;
  readonly webhookUrl: string;
  readonly webhookAllowPrivate: boolean;
}

export const EMPTY_DRAFT: ConnectionDraft = {
  slug: '',
  title: '',
  reach: 'directly',
  url: '',
  allowPrivate: false,
  transport: 'auto',
  credentialKind: 'none',
  headerName: '',
  secret: '',
  callerGroups: [],
  defaultEffect: 'hold',
  readOnly: {
    tools: [],
    resources: false,
    prompts: false,
    completion: false,
    subscriptions: false,
  },
  chain: [{ groups: [], people: [], quorum: 1 }],
  holdDeadlineS: '50',
  clients: [],
  approvalWindowS: '3600',
  quarantine: 'hold',
  firstCatalogue: 'accept',
  webhookUrl: '',
  webhookAllowPrivate: false,
};

export function draftOf(connection: Connection): ConnectionDraft {
  return {
    slug: connection.slug,
    title: connection.title,
    reach: readConnectorAddress(connection.url) === undefined ? 'directly' : 'connector',
    url: connection.url,
    allowPrivate: connection.allowPrivate,
    transport: connection.transport,
    credentialKind: connection.credentialKind,
    headerName: '',
    secret: '',
    callerGroups: connection.callerGroups,
    defaultEffect: connection.defaultEffect,
    readOnly: connection.readOnly,
    chain: connection.chain.map(valuesOf),
    holdDeadlineS: String(connection.holdDeadlineS),
    clients: connection.clients.map(clientDraftOf),
    approvalWindowS: String(connection.approvalWindowS),
    quarantine: connection.quarantine,
    firstCatalogue: connection.firstCatalogue,
    webhookUrl: connection.webhook?.url ?? '',
    webhookAllowPrivate: connection.webhook?.allowPrivate ?? false,
  };
}

function clientDraftOf({ version, holdDeadlineS, ...rest }: ClientSetting): ClientDraft {
  return { ...rest, version: version ?? '', holdDeadlineS: holdDeadlineS?.toString() ?? '' };
}

/** As the gateway takes it; what is no number stays for the schema to find. */
function clientOf({ name, version, holdDeadlineS, ...rest }: ClientDraft) {
  return {
    ...rest,
    name: name.trim(),
    version: version.trim() === '' ? null : version.trim(),
    holdDeadlineS: holdDeadlineS.trim() === '' ? null : Number(holdDeadlineS),
  };
}

/**
 * The credential to send, or `undefined` to keep the stored one: nothing was typed, and the kind is
 * still the stored one's.
 */
export function credentialOf(
  draft: ConnectionDraft,
  stored: Connection['credentialKind'] | null,
): CredentialInput | undefined {
  switch (draft.credentialKind) {
    case 'none':
      return stored === 'none' ? undefined : { kind: 'none' };
    case 'bearer':
      if (draft.secret === '' && stored === 'bearer') return undefined;
      return { kind: 'bearer', token: draft.secret };
    case 'header':
      if (draft.secret === '' && draft.headerName === '' && stored === 'header') return undefined;
      return { kind: 'header', name: draft.headerName, value: draft.secret };
    default:
      return draft.credentialKind satisfies never;
  }
}

/** Field path → what is wrong with it, as in the gateway's own answers. */
export type FieldErrors = Readonly<Record<string, string>>;

export type Checked =
  | { readonly ok: true; readonly input: ConnectionInput }
  | { readonly ok: false; readonly errors: FieldErrors };

/** Checks the form with the very schema that the gateway checks it with. */
export function checkDraft(
  draft: ConnectionDraft,
  stored: Connection['credentialKind'] | null,
): Checked {
  const credential = credentialOf(draft, stored);
  const result = connectionInputSchema.safeParse({
    slug: draft.slug.trim(),
    title: draft.title,
    url: draft.url.trim(),
    allowPrivate: draft.allowPrivate,
    transport: draft.transport,
    ...(credential === undefined ? {} : { credential }),
    callerGroups: draft.callerGroups,
    defaultEffect: draft.defaultEffect,
    readOnly: draft.readOnly,
    chain: draft.chain.map(inputOf),
    holdDeadlineS: numberOf(draft.holdDeadlineS),
    clients: draft.clients.map(clientOf),
    approvalWindowS: numberOf(draft.approvalWindowS),
    quarantine: draft.quarantine,
    firstCatalogue: draft.firstCatalogue,
    webhook:
      draft.webhookUrl.trim() === ''
        ? null
        : { url: draft.webhookUrl.trim(), allowPrivate: draft.webhookAllowPrivate },
  });
  if (!result.success) {
    const errors: Record<string, string> = {};
    for (const issue of result.error.issues) errors[issue.path.join('.')] ??= issue.message;
    return { ok: false, errors };
  }
  const nobody = result.data.chain.findIndex(
    ({ groups, people, onCall }) => groups.length + people.length === 0 && onCall === undefined,
  );
  if (nobody >= 0) {
    return {
      ok: false,
      errors: {
        [`chain.${nobody}`]: 'Name a group, a person or a rota: a step without reviewers denies.',
      },
    };
  }
  return { ok: true, input: result.data };
}

/** Not `Number('')`, which is 0 and would pass for a choice. */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}
