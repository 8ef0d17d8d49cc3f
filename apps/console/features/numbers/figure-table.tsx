/** Fewer than this, and one more can turn a figure around. */
const FEW = 10;

export interface Column {
  readonly name: string;
  /** Numbers stand to the right, so that their digits line up. */
  readonly isNumber?: boolean;
}

/** A table of figures. It scrolls in itself where a phone is too narrow, never the page. */
export function FigureTable({
  caption,
  columns,
  rows,
}: {
  caption: string;
  columns: readonly Column[];
  rows: readonly { readonly key: string; readonly cells: readonly React.ReactNode[] }[];
}) {
  const side = (index: number) => (columns[index]?.isNumber === true ? 'text-right' : 'text-left');
  return (
    // Focusable, so that keys scroll it too.
    <div className="overflow-x-auto" role="region" aria-label={caption} tabIndex={0}>
      <table className="w-full border-collapse">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-line text-sm text-muted">
            {columns.map(({ name }, index) => (
              <th key={name} scope="col" className={`px-4 py-2 font-medium ${side(index)}`}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells }) => (
            <tr key={key} className="border-b border-line last:border-b-0">
              {cells.map((cell, index) =>
                index === 0 ? (
                  <th key={index} scope="row" className="px-4 py-2 text-left font-normal">
                    {cell}
                  </th>
                ) : (
                  <td key={index} className={`px-4 py-2 whitespace-nowrap ${side(index)}`}>
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Of how many a figure is; said aloud where they are too few to conclude from. */
export function Of({ n }: { n: number }) {
  return (
    <>
      {n.toLocaleString('en')}
      {n < FEW && <span className="text-muted"> (few)</span>}
    </>
  );
}

/** `3 of 12 (25 %)`: a share is never shown without what it is of. */
export function Share({ part, of }: { part: number; of: number }) {
  if (of === 0) return <span className="text-muted">not known</span>;
  return (
    <>
      {part.toLocaleString('en')} of {of.toLocaleString('en')}
      {of >= FEW ? (
        <span className="text-muted"> ({Math.round((part / of) * 100)} %)</span>
      ) : (
        <span className="text-muted"> (few)</span>
      )}
    </>
  );
}
