/** Square cells in rows, all of one size: place and number of everything follow from the width alone. */
export interface GridLayout {
  readonly columns: number;
  readonly cell: number;
  readonly gap: number;
  readonly rowHeight: number;
  /** Of all rows, in CSS pixels. */
  readonly height: number;
}

const smallestCell = 148;
const gap = 8;

export function gridLayout(width: number, count: number): GridLayout {
  const columns = Math.max(1, Math.floor((width - gap) / (smallestCell + gap)));
  const cell = Math.floor((width - gap * (columns + 1)) / columns);
  const rowHeight = cell + gap;
  return { columns, cell, gap, rowHeight, height: Math.ceil(count / columns) * rowHeight + gap };
}

/** Numbers of the cells to draw: what is seen, and as much again above and below, so that fast scrolling shows no holes. */
export function visibleRange(
  layout: GridLayout,
  scrollTop: number,
  height: number,
  count: number,
): { readonly start: number; readonly end: number } {
  const firstRow = Math.max(0, Math.floor((scrollTop - height) / layout.rowHeight));
  const lastRow = Math.ceil((scrollTop + 2 * height) / layout.rowHeight);
  return { start: Math.min(count, firstRow * layout.columns), end: Math.min(count, lastRow * layout.columns) };
}
