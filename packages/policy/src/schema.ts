import { z } from 'zod';
import { MAX_GLOB_LENGTH } from './glob.ts';
import { parseDuration } from './duration.ts';

/** What happens to a call. */
export const EFFECTS = ['allow', 'hold', 'deny'] as const;
export type Effect = (typeof EFFECTS)[number];

/** What a rule can demand of a verdict beside the session: that the person’s passkey signs it. */
export const STEP_UPS = ['passkey'] as const;
export type StepUp = (typeof STEP_UPS)[number];

/** Detectors of the masking package that a rule may name. */
export const DETECTORS = ['email', 'phone', 'credit-card', 'us-ssn', 'iban', 'secret'] as const;
export type Detector = (typeof DETECTORS)[number];

/** How a found value is masked; `partial` keeps the last four characters, or an address' domain. */
export const MASK_STYLES = ['redact', 'drop', 'partial'] as const;
export type MaskStyle = (typeof MASK_STYLES)[number];

/** One mask: every value that a detector finds, or every value at a field path. */
export type MaskRule =
  | { readonly detect: readonly Detector[]; readonly as: MaskStyle }
  | { readonly field: string; readonly as: MaskStyle };

const MAX_RULES = 2_000;
const MAX_CONDITION_LENGTH = 8_192;

const id = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'Use 1 to 64 letters, digits, dots, dashes or underscores.',
  );
const glob = z.string().min(1, 'A pattern must not be empty.').max(MAX_GLOB_LENGTH);
const text = z.string().trim().min(1, 'Leave the key out instead of leaving it empty.').max(2_000);

/** An empty list could mean "nobody" as well as "anybody", so it is refused. */
function listOf<T extends z.ZodType>(item: T) {
  return z.array(item).min(1, 'Leave the key out to match everything.').max(500);
}

const callersSchema = z.strictObject({
  groups: listOf(glob).optional(),
  subjects: listOf(glob).optional(),
  kinds: listOf(z.enum(['person', 'service'])).optional(),
  clients: listOf(glob).optional(),
});

const matchSchema = z.strictObject({
  connections: listOf(glob).optional(),
  methods: listOf(glob).optional(),
  tools: listOf(glob).optional(),
  resources: listOf(glob).optional(),
  prompts: listOf(glob).optional(),
  callers: callersSchema.optional(),
});

const maskSchema = z
  .strictObject({
    detect: listOf(z.enum(DETECTORS)).optional(),
    field: z
      .string()
      .max(500)
      .refine(isFieldPath, { message: 'A field is 1 to 64 names separated by single dots.' })
      .optional(),
    as: z.enum(MASK_STYLES),
  })
  .refine((mask) => (mask.detect === undefined) !== (mask.field === undefined), {
    message: 'A mask needs either "detect" or "field".',
  });

const condition = z.string().trim().min(1).max(MAX_CONDITION_LENGTH);

const ruleSchema = z
  .strictObject({
    id,
    description: text.optional(),
    match: matchSchema.optional(),
    when: condition.optional(),
    unless: condition.optional(),
    effect: z.enum(EFFECTS).optional(),
    approval: id.optional(),
    stepUp: z.enum(STEP_UPS, { error: 'The only step-up is "passkey".' }).optional(),
    message: text.optional(),
    mask: listOf(maskSchema).optional(),
    mode: z.enum(['enforce', 'observe']).optional(),
  })
  .superRefine((rule, context) => {
    if (rule.effect === undefined && rule.mask === undefined) {
      context.addIssue({ code: 'custom', message: 'A rule needs an "effect" or a "mask".' });
    }
    if (rule.approval !== undefined && rule.effect !== 'hold') {
      context.addIssue({
        code: 'custom',
        path: ['approval'],
        message: 'Only a rule with "effect: hold" can name an approval chain.',
      });
    }
    if (rule.stepUp !== undefined && rule.effect !== 'hold') {
      context.addIssue({
        code: 'custom',
        path: ['stepUp'],
        message: 'Only a rule with "effect: hold" has a verdict that a passkey could sign.',
      });
    }
    if (rule.message !== undefined && rule.effect === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['message'],
        message: 'Only a rule with an "effect" has somebody to tell its message to.',
      });
    }
  });

/** Never an e-mail address: those can be given to somebody else. */
const personKey = z
  .string()
  .max(600)
  .regex(/^[^|]+\|.+$/, 'Name a person as issuer|subject, as the identity provider knows them.');

const reviewersSchema = z
  .strictObject({
    groups: z.array(z.string().min(1).max(200)).max(100).optional(),
    people: z.array(personKey).max(100).optional(),
    onCall: id.optional(),
  })
  .refine(
    ({ groups = [], people = [], onCall }) =>
      groups.length + people.length > 0 || onCall !== undefined,
    {
      message:
        'Name at least one group, person or rota: a step that nobody can satisfy denies every call.',
    },
  );

const durationSchema = z.string().refine(isDuration, {
  message: 'Write a duration such as 30 minutes, 2h or 1 day.',
});

const remindSchema = z.strictObject({
  every: durationSchema,
  atMost: z.int().min(1).max(20).optional(),
});

const roundSchema = z.strictObject({ to: reviewersSchema, for: durationSchema });

const SAY_WHAT = 'Write deny, { remind: { every: 15 minutes } } or { escalate: [{ to, for }] }.';

const onDeadlineSchema = z
  .strictObject({
    remind: remindSchema.optional(),
    escalate: z.array(roundSchema).min(1, SAY_WHAT).max(5, 'At most 5 rounds.').optional(),
  })
  .refine(({ remind, escalate }) => (remind === undefined) !== (escalate === undefined), {
    message: 'Either remind or escalate: a step does one of them and then denies.',
  });

const stepSchema = z.strictObject({
  reviewers: reviewersSchema,
  quorum: z.int().min(1).max(20).optional(),
  deadline: durationSchema.optional(),
  onDeadline: z.union([z.literal('deny'), onDeadlineSchema], { error: SAY_WHAT }).optional(),
});

const chainSchema = z.strictObject({ steps: listOf(stepSchema).max(10) });

/** The YAML document of a policy. Unknown keys are refused at every level. */
export const policySchema = z.strictObject({
  default: z.enum(EFFECTS).optional(),
  chains: z.record(id, chainSchema).optional(),
  rules: z.array(ruleSchema).max(MAX_RULES, `A policy has at most ${MAX_RULES} rules.`),
});

export type PolicyDocument = z.infer<typeof policySchema>;
export type RuleDocument = PolicyDocument['rules'][number];
export type MatchDocument = z.infer<typeof matchSchema>;
export type ChainDocument = z.infer<typeof chainSchema>;

/** The keys that each mapping knows, for "did you mean". The last key of the path decides. */
export function knownKeys(path: readonly (string | number)[]): readonly string[] {
  const parent = path.findLast((step) => typeof step === 'string');
  switch (path.length === 0 ? 'policy' : parent) {
    case 'policy':
      return Object.keys(policySchema.shape);
    case 'rules':
      return Object.keys(ruleSchema.shape);
    case 'match':
      return Object.keys(matchSchema.shape);
    case 'callers':
      return Object.keys(callersSchema.shape);
    case 'mask':
      return Object.keys(maskSchema.shape);
    case 'steps':
      return Object.keys(stepSchema.shape);
    case 'reviewers':
    case 'to':
      return Object.keys(reviewersSchema.shape);
    case 'onDeadline':
      return Object.keys(onDeadlineSchema.shape);
    case 'remind':
      return Object.keys(remindSchema.shape);
    case 'escalate':
      return Object.keys(roundSchema.shape);
    default:
      return path[0] === 'chains' ? Object.keys(chainSchema.shape) : [];
  }
}

/** The grammar of the masking package, checked where the author still sees it. */
function isFieldPath(field: string): boolean {
  const names = field
    .replace(/^\$\.?/, '')
    .replace(/\[(\d{1,9}|\*)\]/g, '.$1')
    .replace(/^\./, '')
    .split(/(?<!\\)\./);
  return names.length <= 64 && names.every((name) => name !== '');
}

function isDuration(value: string): boolean {
  try {
    return parseDuration(value) > 0;
  } catch {
    return false;
  }
}
