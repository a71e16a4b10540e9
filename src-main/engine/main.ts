import { applicationVersion } from '../contract/version.ts';
import { runEngine } from './run-engine.ts';

runEngine(async () => (await import('./service.ts')).createEngineService(), applicationVersion);
