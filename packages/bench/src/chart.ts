/** One bar. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly isAccented: boolean;
}

const WIDTH = 720;
const LABEL_WIDTH = 150;
const VALUE_WIDTH = 80;
const BAR_HEIGHT = 26;
const GAP = 12;
const TOP = 56;

/** Horizontal bars as an SVG that reads on a light and on a dark page. */
export function barChart(title: string, subtitle: string, bars: readonly Bar[]): string {
  const largest = Math.max(...bars.map(({ value }) => value), 1);
  const room = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
  const rows = bars.map(({ label, value, isAccented }, index) => {
    const y = TOP + index * (BAR_HEIGHT + GAP);
    const length = Math.round((value / largest) * room);
    const middle = y + BAR_HEIGHT / 2 + 5;
    return [
      `  <text class="label" x="${LABEL_WIDTH - 10}" y="${middle}" text-anchor="end">${escaped(label)}</text>`,
      `  <rect class="${isAccented ? 'accent' : 'bar'}" x="${LABEL_WIDTH}" y="${y}" width="${length}" height="${BAR_HEIGHT}" rx="3"/>`,
      `  <text class="value" x="${LABEL_WIDTH + length + 8}" y="${middle}">${Math.round(value)}</text>`,
    ].join('\n');
  });
  const height = TOP + bars.length * (BAR_HEIGHT + GAP) + GAP;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
  <style>
    text { font: 14px system-ui, sans-serif; fill: #1f2937 }
    .title { font-weight: 600; font-size: 16px }
    .bar { fill: #94a3b8 }
    .accent { fill: #0f766e }
    @media (prefers-color-scheme: dark) { text { fill: #e5e7eb } .bar { fill: #64748b } .accent { fill: #2dd4bf } }
  </style>
  <text class="title" x="10" y="22">${escaped(title)}</text>
  <text x="10" y="42">${escaped(subtitle)}</text>
${rows.join('\n')}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
