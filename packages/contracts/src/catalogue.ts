import { z } from 'zod';
import { effectSchema, timestampSchema } from './common.ts';

/** What an upstream can list. A template is a pattern of resource addresses. */
export const catalogueKindSchema = z.enum(['tool', 'prompt', 'resource', 'template']);
export type CatalogueKind = z.infer<typeof catalogueKindSchema>;

/**
 * What becomes of calls of a definition that no admin accepted. `accept`: there are none, since
 * whatever the upstream lists is accepted by itself.
 */
export const quarantineSchema = z.enum(['hold', 'deny', 'accept']);
export type Quarantine = z.infer<typeof quarantineSchema>;

/** What becomes of the first list of each kind after a connection was registered. */
export const firstCatalogueSchema = z.enum(['accept', 'quarantine']);
export type FirstCatalogue = z.infer<typeof firstCatalogueSchema>;

/** `new` and `changed` wait for an admin; `missing` is not listed any more. */
export const itemStateSchema = z.enum(['accepted', 'new', 'changed', 'blocked', 'missing']);
export type ItemState = z.infer<typeof itemStateSchema>;

/** How a definition came to be accepted, or blocked. */
export const definitionWordSchema = z.object({
  state: z.enum(['accepted', 'blocked']),
  /**
   * `first-list`: trusted on first use; `new-resource`: new resources are taken as they come;
   * `upgrade`: known before catalogues were kept.
   */
  how: z.enum(['first-list', 'new-resource', 'setting', 'upgrade', 'person']),
  by: z.string().nullable(),
  note: z.string().nullable(),
  at: timestampSchema,
});
export type DefinitionWord = z.infer<typeof definitionWordSchema>;

/** A rule of the policy in force that may be about calls of an item. */
export const governingRuleSchema = z.object({
  ruleId: z.string(),
  /** `null` for a rule that only masks. */
  effect: effectSchema.nullable(),
  masks: z.boolean(),
  observed: z.boolean(),
  /** Whether it depends on the caller, the arguments or the time whether it applies. */
  conditional: z.boolean(),
  /** Whom it is about, as the rule says it; `null` for everybody. */
  callers: z
    .object({
      groups: z.array(z.string()).optional(),
      subjects: z.array(z.string()).optional(),
      kinds: z.array(z.string()).optional(),
      clients: z.array(z.string()).optional(),
    })
    .nullable(),
});
export type GoverningRule = z.infer<typeof governingRuleSchema>;

/** Who governs calls of an item or a method. */
export const governanceSchema = z.object({
  rules: z.array(governingRuleSchema),
  /** `none`: no rule with an effect is about it; `sometimes`: it depends; `always`: the default never applies. */
  governed: z.enum(['none', 'sometimes', 'always']),
  /** What happens where no rule decides. */
  otherwise: z.object({ effect: effectSchema, isMarkedReadOnly: z.boolean() }),
});
export type Governance = z.infer<typeof governanceSchema>;

export const catalogueItemSchema = z.object({
  kind: catalogueKindSchema,
  /** Name of a tool or prompt, address of a resource, pattern of a template: the upstream's word. */
  name: z.string(),
  title: z.string().nullable(),
  /** At most its first 500 characters. */
  description: z.string().nullable(),
  /** SHA-256, hexadecimal, over what of the definition is pinned. */
  digest: z.string(),
  state: itemStateSchema,
  firstSeenAt: timestampSchema,
  /** Since when it is defined like this. */
  changedAt: timestampSchema,
  seenAt: timestampSchema,
  missingSince: timestampSchema.nullable(),
  /** What was said about this very definition. */
  word: definitionWordSchema.nullable(),
  governance: governanceSchema,
});
export type CatalogueItem = z.infer<typeof catalogueItemSchema>;

/** `GET /api/connections/:id/catalogue` */
export const catalogueSchema = z.object({
  connection: z.object({
    id: z.string(),
    slug: z.string(),
    title: z.string(),
    quarantine: quarantineSchema,
    firstCatalogue: firstCatalogueSchema,
  }),
  /** `null` until the upstream was listed. */
  listedAt: timestampSchema.nullable(),
  /** Kinds of which the upstream lists more than is kept. */
  cutKinds: z.array(catalogueKindSchema),
  policyVersion: z.number().int().nullable(),
  items: z.array(catalogueItemSchema),
  /** What else can be called, by method. */
  methods: z.array(z.object({ method: z.string(), governance: governanceSchema })),
});
export type Catalogue = z.infer<typeof catalogueSchema>;

export const itemQuerySchema = z.object({
  kind: catalogueKindSchema,
  name: z.string().min(1).max(2000),
});
export type ItemQuery = z.infer<typeof itemQuerySchema>;

/** `GET /api/connections/:id/catalogue/item?kind=&name=` */
export const catalogueItemDetailSchema = catalogueItemSchema.extend({
  /** The exact JSON text. */
  definition: z.string(),
  /** What was accepted last, other than this; `null` where nothing was. */
  accepted: z
    .object({ digest: z.string(), definition: z.string(), at: timestampSchema })
    .nullable(),
  /** Everything that was said about its definitions, newest first. */
  history: z.array(definitionWordSchema.extend({ digest: z.string() })),
});
export type CatalogueItemDetail = z.infer<typeof catalogueItemDetailSchema>;

/**
 * `POST /api/connections/:id/catalogue/{accept,block}`. The digest is the one that the person was
 * shown: where the definition changed since, nothing happens to it.
 */
export const catalogueWordInputSchema = z.object({
  items: z
    .array(itemQuerySchema.extend({ digest: z.string().regex(/^[0-9a-f]{64}$/) }))
    .min(1)
    .max(2000),
  note: z.string().trim().max(500).optional(),
});
export type CatalogueWordInput = z.infer<typeof catalogueWordInputSchema>;

/** How many were settled, and which have another definition by now. */
export const catalogueWordResultSchema = z.object({
  settled: z.number().int(),
  changed: z.array(itemQuerySchema),
});
export type CatalogueWordResult = z.infer<typeof catalogueWordResultSchema>;

/** `GET /api/connections/quarantined`: definitions that wait for an admin, of all connections. */
export const quarantinedSchema = z.object({ count: z.number().int() });
export type Quarantined = z.infer<typeof quarantinedSchema>;
