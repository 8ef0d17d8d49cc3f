import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const DOCUMENT = fileURLToPath(new URL('../../../../docs/connect-postgres.md', import.meta.url));
/** Set to have the run's transcripts written into the document instead of compared with it. */
const WRITING = process.env['HOLDPOINT_WRITE_TRANSCRIPTS'] !== undefined;

/** docs/connect-postgres.md as something that runs: its blocks in order, its transcripts by name. */
export class ConnectPostgres {
  #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  static async read(): Promise<ConnectPostgres> {
    return new ConnectPostgres(await readFile(DOCUMENT, 'utf8'));
  }

  /** The blocks in one language, as they stand there. */
  blocks(language: 'sql' | 'sh' | 'json' | 'yaml'): readonly string[] {
    const found = [...this.#text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
    return found.flatMap(([, its, block]) => (its === language && block ? [block] : []));
  }

  /** The document's transcript of that name; when it is being written, the one that was just made. */
  async transcript(name: string, made: string): Promise<string> {
    const [start, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
    const from = this.#text.indexOf(start) + start.length;
    const to = this.#text.indexOf(end);
    if (from < start.length || to < from) throw new Error(`${DOCUMENT} has no place for ${start}.`);
    if (!WRITING) return this.#text.slice(from, to).trim();
    this.#text = `${this.#text.slice(0, from)}\n\n${made}\n\n${this.#text.slice(to)}`;
    await writeFile(DOCUMENT, this.#text);
    return made;
  }
}
