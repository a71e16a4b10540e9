import { AppError } from '../contract/errors.ts';
import type { EngineService } from './engine-service.ts';

/** Stands in until the real service is there: every request is refused. */
export function createEngineService(): EngineService {
  const refuse = () => Promise.reject(new AppError('notReady', 'The engine of this build cannot draw yet.'));
  return {
    load: refuse,
    generate: refuse,
    plan: refuse,
    describe: refuse,
    inspectModel: refuse,
    doctor: refuse,
    verify: refuse,
    bench: refuse,
    dispose: () => Promise.resolve(),
  };
}
