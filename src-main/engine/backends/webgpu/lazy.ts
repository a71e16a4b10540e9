import type { Backend } from '../backend.ts';

/** A back end that opens its device when the first graph is compiled. */
export function lazyBackend(open: () => Promise<Backend>): Backend {
  let opened: Promise<Backend> | undefined;
  return {
    name: 'webgpu',
    device: 'Graphics card',
    version: 'WebGPU',
    async compile(graph, weights) {
      opened ??= open();
      return (await opened).compile(graph, weights);
    },
  };
}
