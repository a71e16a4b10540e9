import { AppError } from '../../../../contract/errors.ts';
import type { Launch } from '../program/program.ts';
import { firstLine } from '../device/open.ts';

/** A compiled kernel and the layout its bind groups follow. */
export interface CompiledKernel {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

interface Cache {
  readonly kernels: Map<string, Promise<CompiledKernel>>;
  readonly layouts: Map<string, GPUBindGroupLayout>;
}

const caches = new WeakMap<GPUDevice, Cache>();

/** Compiles the distinct kernels of the launches, all at once; those compiled before on this device are taken from the cache. */
export async function compileKernels(gpu: GPUDevice, launches: readonly Launch[]): Promise<Map<string, CompiledKernel>> {
  let cache = caches.get(gpu);
  if (!cache) caches.set(gpu, (cache = { kernels: new Map(), layouts: new Map() }));
  const wanted = new Map<string, Promise<CompiledKernel>>();
  for (const launch of launches) {
    const { code } = launch.dispatch;
    let kernel = cache.kernels.get(code);
    if (!kernel) cache.kernels.set(code, (kernel = compileKernel(gpu, launch, cache)));
    wanted.set(code, kernel);
  }
  return new Map(await Promise.all([...wanted].map(async ([code, kernel]) => [code, await kernel] as const)));
}

async function compileKernel(gpu: GPUDevice, { dispatch, node }: Launch, { layouts }: Cache): Promise<CompiledKernel> {
  const { code, kernel } = dispatch;
  const types = dispatch.bindings.map(({ kind }) => (kind === 'weight' || kind === 'table' ? 'read-only-storage' : 'storage'));
  const signature = types.join();
  let layout = layouts.get(signature);
  if (!layout) layouts.set(signature, (layout = gpu.createBindGroupLayout({ entries: layoutEntries(types) })));
  try {
    gpu.pushErrorScope('validation');
    const module = gpu.createShaderModule({ code, label: kernel });
    const refusal = await gpu.popErrorScope();
    if (refusal) throw new Error(refusal.message);
    const pipeline = await gpu.createComputePipelineAsync({
      label: kernel,
      layout: gpu.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
    });
    return { pipeline, layout };
  } catch (error) {
    throw new AppError(
      'gpuFailed',
      `The kernel ${kernel} of ${node} was refused by the graphics driver: ${firstLine(error)}`,
      { kernel, node, code: code.slice(0, 20_000), message: error instanceof Error ? error.message.slice(0, 4000) : '' },
      error,
    );
  }
}

function layoutEntries(types: readonly GPUBufferBindingType[]): GPUBindGroupLayoutEntry[] {
  const visibility = 4; // GPUShaderStage.COMPUTE
  return [
    { binding: 0, visibility, buffer: { type: 'uniform' } },
    ...types.map((type, index) => ({ binding: index + 1, visibility, buffer: { type } })),
  ];
}
