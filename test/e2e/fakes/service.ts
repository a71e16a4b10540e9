import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isNetworkPath } from '../../../src-main/contract/filters.ts';
import type { Recipe } from '../../../src-main/contract/recipe.ts';
import { modelInfoSchema, type CaptureInfo, type ModelInfo, type Plan } from '../../../src-main/contract/reports.ts';
import type { AssetPaths, EngineService, GeneratedPicture, WorkHooks } from '../../../src-main/engine/engine-service.ts';
import { inspectNetwork } from '../../../src-main/engine/filters/inspect-network.ts';
import { drawFake, smaller, type Drawing } from './draw.ts';

/** Long enough to be seen and cancelled, short enough for tests. */
const stepMs = Number(process.env['STRATA_FAKE_STEP_MS'] ?? 40);
const native = 256;

function modeOf(recipe: Recipe): Plan['mode'] {
  if (recipe.inpaint) return recipe.inpaint.infill === 'none' ? 'inpaint' : 'outpaint';
  return recipe.image ? 'image to image' : 'text to image';
}

function sizeOf(recipe: Recipe): { width: number; height: number } {
  return recipe.size ?? { width: native, height: native };
}

function planOf(recipe: Recipe): Plan {
  const { width, height } = sizeOf(recipe);
  const steps = recipe.steps ?? 12;
  const words = (text: string) => text.split(/\W+/).filter(Boolean).length;
  return {
    mode: modeOf(recipe),
    model: 'Starter',
    family: 'sd1',
    device: 'CPU',
    deviceReason: 'CPU: no GPU was found.',
    width,
    height,
    sampler: recipe.sampler ?? 'euler',
    steps,
    guidance: recipe.guidance ?? 6,
    promptTokens: words(recipe.prompt),
    negativeTokens: words(recipe.negative ?? ''),
    tokensPerChunk: 75,
    seconds: (steps * stepMs) / 1000,
    peakBytes: 412 * 2 ** 20,
    memory: [{ part: 'weights', bytes: 90 * 2 ** 20 }],
    notes: [],
    refusal: null,
  };
}

async function inspect(path: string): Promise<ModelInfo> {
  if (isNetworkPath(path)) return inspectNetwork(path);
  const name = path === 'starter' ? 'Starter' : basename(path).replace(/\.\w+$/, '');
  const kind = /canny|depth|control|lines/i.test(name)
    ? 'controlnet'
    : /ip-adapter/i.test(name)
      ? 'ip-adapter'
      : /lora|style/i.test(name)
        ? 'lora'
        : /vae/i.test(name)
          ? 'vae'
          : 'checkpoint';
  const isPickle = path.endsWith('.ckpt');
  const found = path === 'starter' ? null : await stat(path);
  return modelInfoSchema.parse({
    id: path,
    path: path === 'starter' ? 'Embedded' : path,
    name,
    kind,
    family: /xl/i.test(name) ? 'sdxl' : 'sd1',
    precision: 'f16',
    bytes: found?.size ?? 44 * 2 ** 20,
    usable: !isPickle,
    problems: isPickle ? ['A .ckpt file is a Python pickle, which can run programs: expected a .safetensors file. Convert it first.'] : [],
    defaults: path === 'starter' ? { width: native, height: native, steps: 12, guidance: 6, sampler: 'euler' } : {},
    vocabulary: path === 'starter' ? ['red', 'green', 'blue', 'house', 'tree', 'boat', 'sky', 'sea', 'sun'] : [],
  });
}

function captureFor(recipe: Recipe, drawing: Drawing, steps: number[]): CaptureInfo {
  return {
    sources: [
      { kind: 'prompt', index: 0, name: 'prompt' },
      ...recipe.regions.map((region, index) => ({ kind: 'region' as const, index, name: region.name || region.prompt })),
    ],
    width: drawing.captureSide,
    height: drawing.captureSide,
    steps,
    warnings: [],
  };
}

async function generate(recipe: Recipe, assets: AssetPaths, hooks: WorkHooks): Promise<readonly GeneratedPicture[]> {
  if (recipe.prompt.includes('please crash')) process.exit(7);
  const { width, height } = sizeOf(recipe);
  const steps = recipe.steps ?? 12;
  hooks.progress({ stage: 'Opening the model', step: 0, steps: 1 });
  const drawing = await drawFake(recipe, { width, height }, assets);
  for (let step = 0; step < steps; step++) {
    await wait(stepMs);
    await hooks.checkpoint();
    hooks.signal.throwIfAborted();
    hooks.progress({
      stage: 'Drawing',
      step: step + 1,
      steps,
      preview: smaller(drawing, 1 - (step + 1) / steps),
      ...(recipe.capture && { capture: { info: captureFor(recipe, drawing, [step]), values: drawing.capture(step / steps) } }),
    });
  }
  const all = Array.from({ length: steps }, (_, step) => step);
  const values = all.map((step) => drawing.capture(step / steps));
  const captureValues = new Uint8Array(values.reduce((sum, part) => sum + part.length, 0));
  values.forEach((part, index) => captureValues.set(part, index * part.length));
  return [
    {
      width,
      height,
      recipe: { ...recipe, size: { width, height }, steps, sampler: recipe.sampler ?? 'euler', guidance: recipe.guidance ?? 6 },
      seconds: (steps * stepMs) / 1000,
      peakBytes: { predicted: null, measured: null },
      device: 'CPU',
      warnings: [],
      capture: recipe.capture ? captureFor(recipe, drawing, all) : null,
      rgb: drawing.rgb,
      captureValues: recipe.capture ? captureValues : null,
    },
  ];
}

export function fakeService(): EngineService {
  return {
    load: (model) => inspect(model),
    generate,
    plan: (recipe) => Promise.resolve(planOf(recipe)),
    describe: () => Promise.resolve({ model: 'Starter', family: 'sd1', device: 'CPU', addOns: [], attention: [] }),
    inspectModel: inspect,
    inspectCompanions: () => Promise.resolve([]),
    doctor: () =>
      Promise.resolve({
        computer: { platform: 'linux', cores: 2, memoryBytes: 8 * 2 ** 30 },
        versions: { engine: 'fake' },
        choice: 'CPU: no GPU was found.',
        devices: [
          {
            id: 'cpu',
            name: 'CPU',
            backend: 'onnx',
            kind: 'cpu',
            driver: '1.30',
            usable: true,
            reasons: [],
            checks: [{ name: 'UNet, node by node', ok: true, error: 1e-6, limit: 1e-4, note: '' }],
          },
        ],
      }),
    verify: () => Promise.resolve(),
    bench: () => Promise.resolve(),
    dispose: () => Promise.resolve(),
  };
}
