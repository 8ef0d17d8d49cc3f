import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const IMAGES = 'docs/images';

const pages = ['.', 'docs', 'docs/decisions'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);
const textOf = (page: string) => readFileSync(join(ROOT, page), 'utf8');
const withoutCode = (text: string) => text.replaceAll(/^```[\s\S]*?^```/gm, '');

/** As the forge makes them of headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = [...withoutCode(textOf(page)).matchAll(/^#+ +(.+)$/gm)];
  return new Set(
    headings.map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
    ),
  );
}

function linksOf(page: string): { target: string; anchor: string | undefined }[] {
  return [...withoutCode(textOf(page)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path = '', anchor] = link.split('#');
      return { target: path === '' ? page : join(dirname(page), path), anchor };
    });
}

const isImage = (path: string) => path.startsWith(`${IMAGES}/`);

describe.each(pages)('%s', (page) => {
  it('links only to pages and headings that exist', () => {
    const broken = linksOf(page)
      .filter(({ target }) => !isImage(target))
      .filter(
        ({ target, anchor }) =>
          !existsSync(join(ROOT, target)) ||
          (anchor !== undefined && !anchorsOf(target).has(anchor)),
      );
    expect(broken).toEqual([]);
  });

  it('names only source files that exist', () => {
    const named = [...textOf(page).matchAll(/`((?:apps|packages|prisma)\/[\w./-]+\.\w+)`/g)];
    // The documents speak of what a build makes, too.
    const sources = named
      .map(([, path = '']) => path)
      .filter((path) => !/\/(dist|\.next)\//.test(path));
    expect(sources.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('docs/security.md', () => {
  it('says where each promise is kept and tested, in files that exist', () => {
    const [, promises = ''] = textOf('docs/security.md').split('## The promises');
    const [table = ''] = promises.split('## Make the gateway');
    const named = [...table.matchAll(/`([\w./-]+\.ts)`/g)].map(([, path = '']) => path);
    const full = named.map((path) =>
      /^(apps|packages)\//.test(path) ? path : `apps/gateway/src/${path}`,
    );
    expect(full.length).toBeGreaterThan(30);
    expect(full.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  const page = textOf('docs/architecture.md');

  it('says what each table holds', () => {
    const [, tables = ''] = page.split('## Tables');
    const models = [...textOf('prisma/schema.prisma').matchAll(/^ +@@map\("(\w+)"\)$/gm)];
    expect(models.length).toBeGreaterThan(50);
    const names = models.map(([, name = '']) => name);
    expect(names.filter((name) => !tables.includes(`\`${name}\``))).toEqual([]);
  });

  it.each(['apps/gateway/src', 'packages'])('names every folder of %s', (parent) => {
    const [, folders = ''] = page.split('## Folders');
    const [, rest = ''] = folders.split(`\n${parent}/\n`);
    const [listed = ''] = rest.split(/^\S/m);
    const named = new Set([...listed.matchAll(/^ {2}([\w-]+)\//gm)].map(([, name = '']) => name));
    const there = readdirSync(join(ROOT, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(there.filter((name) => !named.has(name))).toEqual([]);
  });
});

describe('docs/decisions', () => {
  const FOLDER = 'docs/decisions';
  const records = readdirSync(join(ROOT, FOLDER)).filter((name) => /^\d/.test(name));

  it('begin with their number and are listed by their title, in order', () => {
    const titles = records.map((name) => {
      const [, number, title] = /^# (\d+)\. (.+)\n/.exec(textOf(join(FOLDER, name))) ?? [];
      expect({ name, number: number?.padStart(4, '0') }).toEqual({
        name,
        number: name.slice(0, 4),
      });
      return `| ${number} | [${title}](${name}) |`;
    });
    const rows = [...textOf(join(FOLDER, 'README.md')).matchAll(/^\| (\d+) +\| (\[.+\)) +\|$/gm)];
    expect(rows.map(([, number, link]) => `| ${number} | ${link} |`)).toEqual(titles);
  });
});

describe('the screenshots', () => {
  // They are made by `npm run screenshots -w @holdpoint/e2e`.
  it('that pages show are all there', () => {
    const shown = pages
      .flatMap((page) => linksOf(page).map(({ target }) => target))
      .filter(isImage);
    expect(shown.length).toBeGreaterThan(3);
    expect(shown.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
