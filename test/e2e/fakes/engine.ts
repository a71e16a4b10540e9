import { applicationVersion } from '../../../src-main/contract/version.ts';
import { runEngine } from '../../../src-main/engine/run-engine.ts';
import { fakeService } from './service.ts';

/** The engine's process with drawings in the place of a model: real frames, heartbeats and cancelling, pictures in a blink. */
runEngine(() => Promise.resolve(fakeService()), applicationVersion);
