import { errorData } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/reports.ts';
import { unreadableModel } from '../../studio/model-index.ts';
import type { EngineSession } from './engine-session.ts';

/** What a file is. One that is refused is told with the reason: it does not end the search through a folder. */
export async function inspectOrExplain(engine: EngineSession, path: string): Promise<ModelInfo> {
  try {
    return (await engine.request({ kind: 'inspect', path })).value;
  } catch (error) {
    const { code, message } = errorData(error);
    if (code === 'engineCrashed' || code === 'cancelled') throw error;
    return unreadableModel(path, message);
  }
}
