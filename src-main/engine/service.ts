import { onnxCpuDevice } from '../../kernels/attention/device/device.ts';
import type { DoctorReport } from '../contract/reports.ts';
import { onnxBackend } from './backends/onnx/onnx.ts';
import { Devices } from './devices/devices.ts';
import { usualDevices } from './devices/usual-devices.ts';
import type { DeviceChoice, EngineService, WorkHooks } from './engine-service.ts';
import { inspectCompanions } from './jobs/companions.ts';
import { describeStack } from './jobs/describe.ts';
import { checkBackend, computerReport } from './jobs/doctor.ts';
import { generate } from './jobs/generate.ts';
import { inspectModel } from './jobs/inspect.ts';
import { Pace } from './jobs/pace.ts';
import { planReport } from './jobs/plan.ts';
import { drawWithSecondTry } from './jobs/second-try.ts';
import { describeModel, ModelLibrary } from './model/model-library.ts';

/** The engine's work: everything the studio may ask for, on the devices of this computer. */
export function createEngineService(devices: Devices = new Devices(usualDevices(onnxBackend()))): EngineService {
  const library = new ModelLibrary();
  const pace = new Pace();
  return {
    async load(id, device, hooks) {
      await library.open(id, (await devices.open(device, hooks)).backend);
      return inspectModel(id);
    },
    async generate(recipe, assets, hooks) {
      const draw = async (device: DeviceChoice, isLean: boolean) => {
        hooks.progress({ stage: 'Opening the model', step: 0, steps: 1 });
        const model = await library.open(recipe.model, (await devices.open(device, hooks)).backend);
        const picture = await generate({ recipe, assets, model, hooks, isLean });
        pace.remember(picture.recipe, picture.seconds);
        return picture;
      };
      const { device } = recipe.engine;
      return [await drawWithSecondTry({ device, draw, release: () => library.release(), hooks })];
    },
    async plan(recipe, assets) {
      const expected = await devices.expected(recipe.engine.device);
      const plan = await planReport(recipe, await describeModel(recipe.model), expected, assets);
      return { ...plan, seconds: pace.predict(recipe, plan) };
    },
    async describe(recipe) {
      const model = await describeModel(recipe.model);
      const { device } = recipe.engine;
      const card = device === 'gpu' ? (await devices.open('gpu', silent)).card : device === 'auto' ? devices.chosenCard : undefined;
      if (!card) return describeStack(recipe, model, onnxCpuDevice, devices.cpu.device);
      const { attentionDevice } = await import('./backends/webgpu/device/facts.ts');
      return describeStack(recipe, model, attentionDevice(card.opened.facts), card.device);
    },
    inspectModel,
    inspectCompanions,
    doctor: (device, hooks) => doctor(device, devices, hooks),
    async verify(folder, groups, emit, { match, device, signal }) {
      const { verifyFolder } = await import('./verify/run.ts');
      await verifyFolder(folder, groups, emit, { match, device, signal });
    },
    async bench(what, emit, { device, ...hooks }) {
      if (what === 'attention') {
        const { benchAttention } = await import('./bench/attention.ts');
        return benchAttention(emit, { checkpoint: () => hooks.checkpoint() });
      }
      const { backend } = await devices.open(device, hooks);
      if (what === 'end-to-end') {
        const { benchEndToEnd } = await import('./bench/end-to-end.ts');
        return benchEndToEnd(backend, emit, hooks);
      }
      const checkpoint = () => hooks.checkpoint();
      if (what === 'unet') {
        const { benchUnet } = await import('./bench/unet.ts');
        await benchUnet(backend, emit, checkpoint);
      }
      const { benchCombined, sd15Size, smallSizes } = await import('./bench/combined.ts');
      for (const size of what === 'sd15' ? [sd15Size] : smallSizes) await benchCombined(size, { backend, emit, checkpoint });
    },
    dispose: () => library.release(),
  };
}

/** For requests that are not followed. */
const silent: Pick<WorkHooks, 'log' | 'checkpoint' | 'progress'> = {
  log: () => undefined,
  progress: () => undefined,
  checkpoint: () => Promise.resolve(),
};

async function doctor(choice: DeviceChoice, all: Devices, hooks: WorkHooks): Promise<DoctorReport> {
  const devices: DoctorReport['devices'] = [];
  const { cpu } = all;
  if (choice !== 'gpu') {
    const checks = await checkBackend(cpu, hooks);
    const usable = checks.every(({ ok }) => ok);
    const reasons = checks.filter(({ ok }) => !ok).map(({ note }) => note);
    devices.push({ id: 'cpu', name: cpu.device, backend: 'onnx', kind: 'cpu', driver: cpu.version, usable, reasons, checks });
  }
  if (choice !== 'cpu') devices.push(await graphicsCardReport(all, hooks));
  const { reason } = choice === 'auto' ? await all.open('auto', hooks) : { reason: '' };
  return { ...computerReport(), devices, choice: reason };
}

/** The kernels against the reference, one class of layers after the other, and then a small UNet. */
async function graphicsCardReport(devices: Devices, hooks: WorkHooks): Promise<DoctorReport['devices'][number]> {
  const common = { id: 'gpu', backend: 'webgpu', kind: 'gpu' } as const;
  try {
    const card = (await devices.open('gpu', hooks)).card!;
    const checks = [...card.checks, ...(await checkBackend(card, hooks))].map((check) => ({ ...check }));
    const reasons = checks.filter(({ ok }) => !ok).map(({ note }) => note);
    return { ...common, name: card.device, driver: card.version, usable: reasons.length === 0, reasons, checks };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...common, name: 'Graphics card', driver: '', usable: false, reasons: [reason], checks: [] };
  }
}
