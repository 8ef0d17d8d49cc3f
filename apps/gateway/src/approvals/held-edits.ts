import {
  applyEdits,
  digestInput,
  parseClientFrame,
  replaceArguments,
  type Frame,
} from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../platform/database.ts';
import { Envelope } from '../platform/envelope.ts';
import type { ApprovalRecord } from './approval.ts';
import { editsById, type EditRow } from './edit.sql.ts';
import { HeldPayload } from './held-payload.ts';

/** What goes upstream in the place of what was asked. */
export interface EditedRun {
  readonly number: number;
  readonly editor: string;
  readonly note: string | null;
  readonly frame: Frame;
  /** Of the frame's params: what the release is bound to. */
  readonly digest: string;
  readonly askedDigest: string;
  readonly argumentsText: string;
}

/** What an approval lets through: the call as it was asked, or with the arguments that reviewers gave it. */
@Injectable()
export class HeldEdits {
  constructor(
    private readonly database: Database,
    private readonly envelope: Envelope,
    private readonly payload: HeldPayload,
  ) {}

  digestOf(frame: Frame): string {
    return this.envelope.mac('holdpoint-params-digest-v1', digestInput(frame));
  }

  /**
   * What runs when this frame, which was asked, is released by this approval; `undefined`: the frame
   * itself. Its digest is what the claim compares, so that nothing else than what was approved leaves.
   */
  async run(asked: Frame, approval: ApprovalRecord): Promise<EditedRun | undefined> {
    const { editId } = approval;
    if (editId === null) return undefined;
    const edit = (await editsById(this.database.pool, [editId])).get(editId);
    // INVARIANT: an edit that can't be read is never taken for none.
    if (edit === undefined) throw new Error(`The edit ${editId} is gone.`);
    const argumentsText = this.textOf(edit);
    const frame = withArguments(asked, argumentsText);
    const { number, editorName: editor, note } = edit;
    const digest = this.digestOf(frame);
    return {
      number,
      editor,
      note,
      frame,
      digest,
      askedDigest: approval.askedDigest,
      argumentsText,
    };
  }

  textOf(edit: Pick<EditRow, 'id' | 'sealedArguments'>): string {
    return this.envelope.openText(edit.sealedArguments, contextOf(edit.id));
  }

  seal(editId: string, argumentsText: string): Uint8Array {
    return this.envelope.sealText(argumentsText, contextOf(editId));
  }

  /** The texts of the requests that would run, by approval; without those whose payload is gone. */
  async requestTexts(
    approvals: readonly ApprovalRecord[],
    on: Queryable = this.database.pool,
  ): Promise<ReadonlyMap<string, string>> {
    const frameIds = approvals.map(({ requestFrameId }) => requestFrameId);
    const asked = await this.payload.texts(frameIds, on);
    const editIds = approvals.flatMap(({ editId }) => editId ?? []);
    const edits = await editsById(on, editIds);
    return new Map(
      approvals.flatMap(({ id, requestFrameId, editId }) => {
        const text = asked.get(requestFrameId);
        if (text === undefined) return [];
        if (editId === null) return [[id, text] as const];
        const edit = edits.get(editId);
        // Never the text that was asked in the place of the one that runs.
        if (edit === undefined) return [];
        const frame = parseClientFrame(Buffer.from(text), ANY_SIZE);
        return [[id, withArguments(frame, this.textOf(edit)).text] as const];
      }),
    );
  }
}

/** Its bound was kept when it came, by what was configured then. */
const ANY_SIZE = { maxBytes: Number.MAX_SAFE_INTEGER };

/**
 * Parsed as strictly as anything of an agent's: what has two readings never goes upstream.
 *
 * @throws McpError with the code of the first fault
 */
export function withArguments(asked: Frame, argumentsText: string): Frame {
  const text = applyEdits(asked.text, replaceArguments(asked, argumentsText));
  return parseClientFrame(Buffer.from(text), ANY_SIZE);
}

function contextOf(editId: string): string {
  return `approval-edit:${editId}`;
}
