/** An answer with bytes beside it. */
export class WithBuffers<Value> {
  readonly value: Value;
  readonly buffers: readonly Uint8Array[];

  constructor(value: Value, buffers: readonly Uint8Array[]) {
    this.value = value;
    this.buffers = buffers;
  }
}
