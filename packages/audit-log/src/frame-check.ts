import { fromBase64 } from './bytes.ts';
import type { EntryContent } from './entry.ts';
import { frameDigest, frameSaltBytes } from './entry.ts';
import type { FrameLine } from './export-format.ts';
import type { Sha256 } from './sha256.ts';
import type { FindingList } from './verify-report.ts';

interface Referenced {
  readonly digest: string;
  readonly position: number;
  seen: boolean;
}

/** Compares payloads with the digests under which entries name them. */
export class FrameCheck {
  readonly #referenced = new Map<string, Referenced>();
  readonly #findings: FindingList;
  readonly #sha256: Sha256;
  #verified = 0;

  constructor(findings: FindingList, sha256: Sha256) {
    this.#findings = findings;
    this.#sha256 = sha256;
  }

  expect(position: number, entry: EntryContent): void {
    for (const { id, digest } of entry.frames ?? []) {
      const known = this.#referenced.get(id);
      if (known === undefined) {
        this.#referenced.set(id, { digest, position, seen: false });
      } else if (known.digest !== digest) {
        const message = `Entries ${known.position} and ${position} name frame ${id} with different digests.`;
        this.#findings.add('tampering', 'frame_changed', message, { position, frame: id });
      }
    }
  }

  async check(frame: FrameLine, line: number): Promise<void> {
    const referenced = this.#referenced.get(frame.id);
    if (referenced === undefined) {
      const message = `No entry before it names frame ${frame.id}; nothing vouches for it.`;
      this.#findings.add('tampering', 'frame_unreferenced', message, { line, frame: frame.id });
      return;
    }
    referenced.seen = true;
    if (await this.#fits(frame, referenced.digest)) {
      this.#verified += 1;
      return;
    }
    const { position } = referenced;
    const message = `Frame ${frame.id} is not the one that entry ${position} recorded.`;
    this.#findings.add('tampering', 'frame_changed', message, { position, line, frame: frame.id });
  }

  get verified(): number {
    return this.#verified;
  }

  get absent(): number {
    let absent = 0;
    for (const { seen } of this.#referenced.values()) if (!seen) absent += 1;
    return absent;
  }

  async #fits(frame: FrameLine, digest: string): Promise<boolean> {
    const salt = fromBase64(frame.salt);
    const bytes = fromBase64(frame.bytes);
    if (salt?.length !== frameSaltBytes || bytes === undefined) return false;
    return (await frameDigest(salt, bytes, this.#sha256)) === digest;
  }
}
