/** Solves the leading `size` x `size` block of a linear system by elimination with row exchange. */
export function solveLinear(matrix: readonly (readonly number[])[], vector: readonly number[], size: number): number[] {
  const rows = Array.from({ length: size }, (_, row) => [...matrix[row]!.slice(0, size), vector[row]!]);
  for (let column = 0; column < size; column++) {
    const pivot = rows.slice(column).reduce((best, row) => (Math.abs(row[column]!) > Math.abs(best[column]!) ? row : best));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(column, 0, pivot);
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[column]! / pivot[column]!;
      for (let k = column; k <= size; k++) row[k]! -= factor * pivot[k]!;
    }
  }
  return rows.map((row, i) => row[size]! / row[i]!);
}
