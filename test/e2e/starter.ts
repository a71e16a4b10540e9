import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export const starterWeights: string = join(root, 'models', 'starter', 'weights');

/**
 * Whether this clone has the trained starter model. Without it a tiny model with random weights stands in: it takes part in everything and
 * draws noise, so what a picture shows can only be asked of the starter.
 */
export const hasStarter: boolean = existsSync(starterWeights);

/** Whether its ControlNets, IP-Adapter and LoRAs are there too. */
export const hasCompanions: boolean = existsSync(join(starterWeights, 'controlnet-lines'));

/** Side of the pictures that the embedded model is at its best with. */
export const starterSide: number = hasStarter ? 256 : 128;

/** Steps for a picture that is looked at: enough for the starter, as few as possible for the stand-in. */
export const drawnSteps: number = hasStarter ? 12 : 2;
