import {
  channelInputSchema,
  type Channel,
  type ChannelConfig,
  type ChannelInput,
  type ChannelKind,
} from '@holdpoint/contracts';

/** A number is kept as it is typed. */
type Typed<Config> = { [Key in keyof Config]: Config[Key] extends number ? string : Config[Key] };
export type WebhookDraft = Typed<Extract<ChannelConfig, { kind: 'webhook' }>>;
export type EmailDraft = Typed<Extract<ChannelConfig, { kind: 'email' }>>;
export type SlackDraft = Typed<Extract<ChannelConfig, { kind: 'slack' }>>;
export type TeamsDraft = Typed<Extract<ChannelConfig, { kind: 'teams' }>>;
export type PushDraft = Typed<Extract<ChannelConfig, { kind: 'push' }>>;
export type JiraDraft = Typed<Extract<ChannelConfig, { kind: 'jira' }>>;
export type RestDraft = Typed<Extract<ChannelConfig, { kind: 'rest' }>>;
export type ConfigDraft =
  WebhookDraft | EmailDraft | SlackDraft | TeamsDraft | PushDraft | JiraDraft | RestDraft;

/** The form's own state: what a person can have typed, valid or not. */
export interface ChannelDraft {
  readonly title: string;
  readonly enabled: boolean;
  readonly config: ConfigDraft;
  /** Empty: as it is. */
  readonly secrets: Readonly<Record<keyof ChannelInput['secrets'], string>>;
}

const NO_SECRETS: ChannelDraft['secrets'] = {
  ...{ signing: '', password: '' },
  ...{ botToken: '', signingSecret: '', workflowUrl: '' },
  ...{ apiToken: '', headerValue: '' },
};

const CREATE: RestDraft['create'] = {
  method: 'POST',
  url: '',
  body: '{ "title": "{title}", "description": "{text}" }',
};

export function emptyConfig(kind: ChannelKind): ConfigDraft {
  switch (kind) {
    case 'webhook':
      return { kind, url: '', allowPrivate: false, withArguments: true, verdicts: false };
    case 'email':
      return {
        ...{ kind, host: '', port: '465', security: 'tls', authority: '', user: '', from: '' },
        ...{ allowPrivate: false, to: [], toReviewers: true, withArguments: true },
      };
    case 'slack':
      return {
        ...{ kind, conversation: '', api: 'https://slack.com/api' },
        ...{ allowPrivate: false, withArguments: true },
      };
    case 'teams':
      return { kind, allowPrivate: false, withArguments: true };
    case 'push':
      return { kind, subject: '', publicKey: '', allowPrivate: false };
    case 'jira':
      return {
        ...{ kind, site: '', user: '', project: '', issueType: 'Task', verdicts: null },
        ...{ settledStatus: '', allowPrivate: false, withArguments: true },
      };
    case 'rest':
      return {
        ...{ kind, create: CREATE, ticketPointer: '/id', comment: null, transition: null },
        verdicts: false,
        ...{ secretHeader: 'Authorization', idempotencyHeader: 'Idempotency-Key' },
        ...{ allowPrivate: false, withArguments: true },
      };
    default:
      return kind satisfies never;
  }
}

export function emptyDraft(): ChannelDraft {
  return { title: '', enabled: true, config: emptyConfig('webhook'), secrets: NO_SECRETS };
}

export function draftOf({ title, enabled, config }: Channel): ChannelDraft {
  const typed = config.kind === 'email' ? { ...config, port: String(config.port) } : config;
  return { title, enabled, config: typed, secrets: NO_SECRETS };
}

export type Checked<Input> =
  | { readonly ok: true; readonly input: Input }
  | { readonly ok: false; readonly errors: Readonly<Record<string, string>> };

/** Checks the form with the very schema that the gateway checks it with. */
export function checkChannel({ config, secrets, ...rest }: ChannelDraft): Checked<ChannelInput> {
  const typed = Object.entries(secrets).filter(([, value]) => value !== '');
  const result = channelInputSchema.safeParse({
    ...rest,
    config: config.kind === 'email' ? { ...config, port: Number(config.port) } : config,
    secrets: Object.fromEntries(typed),
  });
  return result.success
    ? { ok: true, input: result.data }
    : { ok: false, errors: errorsOf(result.error) };
}

/** The first fault of each field, by its path. */
export function errorsOf(error: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}): Readonly<Record<string, string>> {
  const errors: Record<string, string> = {};
  for (const { path, message } of error.issues) errors[path.join('.')] ??= message;
  return errors;
}
