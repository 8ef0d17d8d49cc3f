import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** What a client saw, and after how long. */
interface Stage {
  readonly saw: string;
  readonly seconds: number;
}

/** One client in one scenario. */
export interface Cell {
  readonly stages: readonly Stage[];
}

/** The page that shows the results. */
export const CLIENTS_PAGE = fileURLToPath(new URL('../../../../docs/clients.md', import.meta.url));
/** Set to have the run's own results written into docs/clients.md. */
const WANTED = 'HOLDPOINT_WRITE_CLIENT_TABLE';

/** Words of somebody else: on one line, harmless in a table, marked where they were cut. */
export function quoted(text: string, limit = 90): string {
  const line = text.replace(/\s+/g, ' ').replaceAll('|', '/').trim();
  return `“${line.length > limit ? `${line.slice(0, limit)}…` : line}”`;
}

/** Clients down, scenarios across; filled while the tests run. */
export class ResultTable {
  readonly #name: string;
  readonly #scenarios: readonly string[];
  readonly #rows: ReadonlyMap<string, Map<string, Cell>>;

  constructor(name: string, clients: readonly string[], scenarios: readonly string[]) {
    this.#name = name;
    this.#scenarios = scenarios;
    this.#rows = new Map(clients.map((client) => [client, new Map()]));
  }

  set(client: string, scenario: string, cell: Cell): void {
    this.#rows.get(client)?.set(scenario, cell);
  }

  /** Replaces the table of this name in docs/clients.md, if the run was asked to. */
  async writeIfWanted(): Promise<void> {
    if (process.env[WANTED] === undefined) return;
    const [start, end] = [`<!-- ${this.#name} -->`, `<!-- end of ${this.#name} -->`];
    const text = await readFile(CLIENTS_PAGE, 'utf8');
    const before = text.indexOf(start);
    const after = text.indexOf(end);
    if (before < 0 || after < before) throw new Error(`${CLIENTS_PAGE} has no place for ${start}.`);
    const table = `${start}\n\n${this.#markdown()}\n\n`;
    await writeFile(CLIENTS_PAGE, text.slice(0, before) + table + text.slice(after));
  }

  #markdown(): string {
    const lines = [
      ['client', ...this.#scenarios],
      ['', ...this.#scenarios].map(() => '---'),
      ...[...this.#rows].map(([client, cells]) => [
        client,
        ...this.#scenarios.map((scenario) => inWords(cells.get(scenario))),
      ]),
    ];
    return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  }
}

function inWords(cell: Cell | undefined): string {
  if (cell === undefined) return '–';
  return cell.stages.map(({ saw, seconds }) => `${saw}, ${seconds.toFixed(1)} s`).join(' → ');
}
