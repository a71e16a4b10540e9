import { AppError } from '../../contract/errors.ts';
import { recipeAssets } from '../recipe-assets.ts';
import type { Studio } from '../studio.ts';
import type { HandlersOf } from './handler-types.ts';

export function queueHandlers(studio: Studio): HandlersOf<'queue'> {
  const { library, jobs } = studio;
  const { queue } = library;
  const changed = () => studio.emit({ kind: 'queue' });
  return {
    'queue.add': ({ recipe, count, priority, document, key }) => {
      for (const asset of recipeAssets(recipe)) {
        if (library.assetPath(asset) === null)
          throw new AppError('assetMissing', `The file ${asset} is not in the studio's folder.`, { asset });
      }
      // Seeds wrap at the largest whole number that JSON carries.
      const seeds = Array.from({ length: count }, (_, index) => (recipe.seed + index) % (Number.MAX_SAFE_INTEGER + 1));
      const added = queue.add(
        seeds.map((seed) => ({ recipe: { ...recipe, seed }, priority, document })),
        key,
      );
      for (const job of added) studio.emit({ kind: 'job', job });
      changed();
      jobs.pump();
      return { jobs: added };
    },
    'queue.list': ({ finished }) => ({ jobs: queue.list(finished) }),
    'queue.cancel': ({ job }) => {
      jobs.cancel(job);
      return {};
    },
    'queue.cancelAll': () => {
      jobs.cancelAll();
      return {};
    },
    'queue.retry': ({ job }) => {
      const { state } = queue.get(job);
      if (state === 'queued' || state === 'running')
        throw new AppError('jobNotFinished', `Job ${job} must have ended to be tried again; it is ${state}.`, { job, state });
      const again = queue.requeue(job, { error: null, isAskedFor: true });
      studio.emit({ kind: 'job', job: again });
      jobs.pump();
      return again;
    },
    'queue.move': ({ job, before }) => {
      queue.move(job, before);
      changed();
      return {};
    },
    'queue.pause': ({ isPaused }) => {
      studio.setPaused(isPaused);
      return {};
    },
    'queue.clearFinished': () => {
      queue.clearFinished();
      changed();
      return {};
    },
  };
}
