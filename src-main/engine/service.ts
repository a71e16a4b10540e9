import { join } from 'node:path';
import { AppError } from '../contract/errors.ts';
import { onnxCpuDevice } from '../../kernels/attention/device/device.ts';
import type { DoctorReport } from '../contract/reports.ts';
import type { Backend } from './backends/backend.ts';
import { onnxBackend } from './backends/onnx/onnx.ts';
import { cacheFolder } from './backends/webgpu/cache-folder.ts';
import type { ManagedBackend } from './backends/webgpu/managed.ts';
import { verdictFile } from './backends/webgpu/verdict-file.ts';
import type { DeviceChoice, EngineService, WorkHooks } from './engine-service.ts';
import { describeStack } from './jobs/describe.ts';
import { checkBackend, computerReport } from './jobs/doctor.ts';
import { generate } from './jobs/generate.ts';
import { inspectModel } from './jobs/inspect.ts';
import { Pace } from './jobs/pace.ts';
import { planReport } from './jobs/plan.ts';
import { describeModel, ModelLibrary } from './model/model-library.ts';

/** The engine's work: everything the studio may ask for, on the devices of this computer. */
export function createEngineService(): EngineService {
  const library = new ModelLibrary();
  const pace = new Pace();
  const cpu = onnxBackend();
  return {
    async load(id, device, hooks) {
      await library.open(id, await backendFor(device, cpu, hooks));
      return inspectModel(id);
    },
    async generate(recipe, assets, hooks) {
      const draw = async () => {
        hooks.progress({ stage: 'Opening the model', step: 0, steps: 1 });
        const model = await library.open(recipe.model, await backendFor(recipe.engine.device, cpu, hooks));
        const picture = await generate({ recipe, assets, model, hooks });
        pace.remember(picture.recipe, picture.seconds);
        return [picture];
      };
      try {
        return await draw();
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'gpuLost') throw error;
        // Everything the lost device held is gone with it; its back end opens another, and the job is drawn again, once.
        hooks.log('warning', error.message);
        await library.release();
        return draw();
      }
    },
    async plan(recipe, assets) {
      const plan = await planReport(recipe, await describeModel(recipe.model), cpu.device, assets);
      return { ...plan, seconds: pace.predict(recipe, plan) };
    },
    async describe(recipe) {
      const model = await describeModel(recipe.model);
      if (recipe.engine.device !== 'gpu') return describeStack(recipe, model, onnxCpuDevice, cpu.device);
      const { attentionDevice } = await import('./backends/webgpu/device/facts.ts');
      const card = await graphicsCard({ log: () => undefined });
      return describeStack(recipe, model, attentionDevice(card.opened.facts), card.device);
    },
    inspectModel,
    doctor: (device, hooks) => doctor(device, cpu, hooks),
    async verify(folder, groups, emit, { device, signal }) {
      const { verifyFolder } = await import('./verify/run.ts');
      await verifyFolder(folder, groups, emit, { device, signal });
    },
    async bench(what, emit, { device, ...hooks }) {
      if (what === 'attention') {
        const { benchAttention } = await import('./bench/attention.ts');
        return benchAttention(emit, { checkpoint: () => hooks.checkpoint() });
      }
      const backend = await backendFor(device, cpu, hooks);
      if (what === 'unet') {
        const { benchUnet } = await import('./bench/unet.ts');
        return benchUnet(backend, emit, () => hooks.checkpoint());
      }
      const { benchEndToEnd } = await import('./bench/end-to-end.ts');
      return benchEndToEnd(backend, emit, hooks);
    },
    dispose: () => library.release(),
  };
}

/** The back end of a device choice. Throws AppError `deviceMissing` for a GPU where there is none that computes rightly. */
async function backendFor(device: DeviceChoice, cpu: Backend, hooks: Pick<WorkHooks, 'log'>): Promise<Backend> {
  const backend = device === 'gpu' ? await graphicsCard(hooks) : cpu;
  hooks.log('debug', `Drawing on ${backend.device}.`);
  return backend;
}

let openedCard: Promise<ManagedBackend> | undefined;

/** Opened and tested once; a failure is tried again the next time. */
function graphicsCard(hooks: Pick<WorkHooks, 'log'>): Promise<ManagedBackend> {
  openedCard ??= openCard(hooks).catch((error: unknown) => {
    openedCard = undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('deviceMissing', `No GPU can be used: ${reason} Choose the device CPU.`, { device: 'gpu' }, error);
  });
  return openedCard;
}

/** Loaded only now: a computer on which Dawn does not load still has its processor. */
async function openCard(hooks: Pick<WorkHooks, 'log'>): Promise<ManagedBackend> {
  const { managedWebgpu } = await import('./backends/webgpu/managed.ts');
  const verdicts = verdictFile(join(cacheFolder(), 'gpu-verdicts.json'));
  return managedWebgpu({ verdicts, log: (message) => hooks.log('info', message) });
}

async function doctor(device: DeviceChoice, cpu: Backend, hooks: WorkHooks): Promise<DoctorReport> {
  const devices: DoctorReport['devices'] = [];
  if (device !== 'gpu') {
    const checks = await checkBackend(cpu, hooks);
    const usable = checks.every(({ ok }) => ok);
    const reasons = checks.filter(({ ok }) => !ok).map(({ note }) => note);
    devices.push({ id: 'cpu', name: cpu.device, backend: 'onnx', kind: 'cpu', driver: cpu.version, usable, reasons, checks });
  }
  if (device !== 'cpu') devices.push(await graphicsCardReport(hooks));
  return { ...computerReport(), devices };
}

/** The kernels against the reference, one class of layers after the other. */
async function graphicsCardReport(hooks: WorkHooks): Promise<DoctorReport['devices'][number]> {
  const common = { id: 'gpu', backend: 'webgpu', kind: 'gpu' } as const;
  try {
    const { device: name, version: driver, checks } = await graphicsCard(hooks);
    return { ...common, name, driver, usable: true, reasons: [], checks: checks.map((check) => ({ ...check })) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...common, name: 'Graphics card', driver: '', usable: false, reasons: [reason], checks: [] };
  }
}
