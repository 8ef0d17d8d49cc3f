import { z } from 'zod';
import { callerSchema, personRefSchema, timestampSchema } from './common.ts';

export const MAX_NOTE_CHARACTERS = 2000;

/** One thing that a person said about an approval. It decides nothing. */
export const approvalNoteSchema = z.object({
  id: z.string(),
  kind: z.enum(['comment', 'question', 'answer']),
  person: personRefSchema,
  /** Whom a question is for: the person behind the caller, or the owner of the calling service. */
  askedOf: personRefSchema.nullable(),
  /** Written by a person, who may have pasted anything. */
  text: z.string(),
  at: timestampSchema,
});
export type ApprovalNote = z.infer<typeof approvalNoteSchema>;

/** Who can be asked what the agent is up to. */
const askableSchema = z.object({
  person: personRefSchema,
  /** Without a sign-in nobody sees a question: they have to be told otherwise. */
  hasSignedIn: z.boolean(),
  isYou: z.boolean(),
});

export const approvalTalkSchema = z.object({
  /** Oldest first. */
  notes: z.array(approvalNoteSchema),
  /** This person is one of its reviewers, and neither its caller nor the caller's owner. */
  mayComment: z.boolean(),
  /** Questions end with the hold. */
  mayAsk: z.boolean(),
  /** This person was asked, and may answer. */
  mayAnswer: z.boolean(),
  askable: askableSchema.nullable(),
});
export type ApprovalTalk = z.infer<typeof approvalTalkSchema>;

const textSchema = z.string().trim().min(1, 'Say something.').max(MAX_NOTE_CHARACTERS);

/** `POST /api/approvals/:id/notes` */
export const noteInputSchema = z.object({
  kind: z.enum(['comment', 'question']),
  text: textSchema,
});
export type NoteInput = z.infer<typeof noteInputSchema>;

/** `POST /api/asked/:id/answer` */
export const answerInputSchema = z.object({ text: textSchema });

/** One approval that somebody asked this person about; all that an owner without a role gets to see. */
export const askedItemSchema = z.object({
  approvalId: z.string(),
  connection: z.object({ slug: z.string(), title: z.string() }),
  method: z.string(),
  /** Agent-controlled text. */
  target: z.string().nullable(),
  caller: callerSchema,
  client: z.object({ name: z.string().nullable(), version: z.string().nullable() }),
  why: z.string(),
  heldAt: timestampSchema,
  expiresAt: timestampSchema,
  /** It still waits for its reviewers, so an answer helps. */
  isHeld: z.boolean(),
  answered: z.boolean(),
});
export type AskedItem = z.infer<typeof askedItemSchema>;

/** `GET /api/asked`: whoever signed in, with a role or without. */
export const askedListSchema = z.object({ items: z.array(askedItemSchema) });

/** `GET /api/asked/:id` */
export const askedDetailSchema = askedItemSchema.extend({
  /** As in the approval's detail; `null` once retention removed it. */
  argumentsText: z.string().nullable(),
  /** The questions to this person and their answers, and nothing else of the thread. */
  notes: z.array(approvalNoteSchema),
});
export type AskedDetail = z.infer<typeof askedDetailSchema>;
