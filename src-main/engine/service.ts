import { AppError } from '../contract/errors.ts';
import { onnxCpuDevice } from '../../kernels/attention/device/device.ts';
import type { DoctorReport } from '../contract/reports.ts';
import type { Backend } from './backends/backend.ts';
import { onnxBackend } from './backends/onnx/onnx.ts';
import type { DeviceChoice, EngineService, WorkHooks } from './engine-service.ts';
import { describeStack } from './jobs/describe.ts';
import { checkBackend, computerReport } from './jobs/doctor.ts';
import { generate } from './jobs/generate.ts';
import { inspectModel } from './jobs/inspect.ts';
import { planReport } from './jobs/plan.ts';
import { describeModel, ModelLibrary } from './model/model-library.ts';

/** The engine's work: everything the studio may ask for, on the devices of this computer. */
export function createEngineService(): EngineService {
  const library = new ModelLibrary();
  const cpu = onnxBackend();
  return {
    async load(id, device, hooks) {
      await library.open(id, await backendFor(device, cpu, hooks));
      return inspectModel(id);
    },
    async generate(recipe, assets, hooks) {
      hooks.progress({ stage: 'Opening the model', step: 0, steps: 1 });
      const model = await library.open(recipe.model, await backendFor(recipe.engine.device, cpu, hooks));
      return [await generate({ recipe, assets, model, hooks })];
    },
    plan: async (recipe) => planReport(recipe, await describeModel(recipe.model), cpu.device),
    describe: async (recipe) => describeStack(recipe, await describeModel(recipe.model), onnxCpuDevice, cpu.device),
    inspectModel,
    doctor: (device, hooks) => doctor(device, cpu, hooks),
    async verify(folder, groups, emit, { device, signal }) {
      const { verifyFolder } = await import('./verify/run.ts');
      await verifyFolder(folder, groups, emit, { device, signal });
    },
    async bench(what, emit, { checkpoint }) {
      if (what !== 'attention') throw new AppError('notReady', 'Benches of the engine are run by npm run bench.');
      const { benchAttention } = await import('./bench/attention.ts');
      await benchAttention(emit, { checkpoint });
    },
    dispose: () => library.release(),
  };
}

/** The back end of a device choice. Throws AppError `deviceMissing` for a GPU where there is none. */
function backendFor(device: DeviceChoice, cpu: Backend, hooks: Pick<WorkHooks, 'log'>): Promise<Backend> {
  if (device === 'gpu') {
    const message = 'No GPU can be used: expected a WebGPU adapter that passes its self-test, found none. Choose the device CPU.';
    return Promise.reject(new AppError('deviceMissing', message, { device }));
  }
  hooks.log('debug', `Drawing on ${cpu.device}.`);
  return Promise.resolve(cpu);
}

async function doctor(device: DeviceChoice, cpu: Backend, hooks: WorkHooks): Promise<DoctorReport> {
  const devices: DoctorReport['devices'] = [];
  if (device !== 'gpu') {
    const checks = await checkBackend(cpu, hooks);
    const usable = checks.every(({ ok }) => ok);
    const reasons = checks.filter(({ ok }) => !ok).map(({ note }) => note);
    devices.push({ id: 'cpu', name: cpu.device, backend: 'onnx', kind: 'cpu', driver: cpu.version, usable, reasons, checks });
  }
  return { ...computerReport(), devices };
}
