import type { ModelInfo } from '../../src-main/contract/reports.ts';
import type { StudioClient } from '../../src-main/contract/studio-client.ts';
import { fileName } from './paths.ts';
import type { Toasts } from './toasts.svelte.ts';

const collator = new Intl.Collator(undefined, { numeric: true });

/** Every model that the studio has found, and what is wrong with those that cannot be used. */
export class ModelsManager {
  all: readonly ModelInfo[] = $state.raw([]);
  isScanning = $state(false);
  /** What can draw a picture: whole checkpoints, the embedded one first. */
  readonly checkpoints: readonly ModelInfo[] = $derived(this.all.filter((model) => model.kind === 'checkpoint' && model.usable));
  readonly #client: StudioClient;
  readonly #toasts: Toasts;

  constructor(client: StudioClient, toasts: Toasts) {
    this.#client = client;
    this.#toasts = toasts;
  }

  async load(): Promise<void> {
    const { models, isScanning } = await this.#client.call('models.list', {});
    this.all = [...models].sort((a, b) => Number(b.id === 'starter') - Number(a.id === 'starter') || collator.compare(a.name, b.name));
    this.isScanning = isScanning;
  }

  /** By its id, or by its path, which the recipes of finished pictures may hold. */
  find(id: string): ModelInfo | null {
    return this.all.find((model) => model.id === id || model.path === id) ?? null;
  }

  /**
   * Usable models of a kind that fit a checkpoint: those that came with it, or where nothing did those of its family, and all of the kind when
   * the family is not known.
   */
  fitting(kind: ModelInfo['kind'], checkpoint: string): ModelInfo[] {
    const usable = this.all.filter((model) => model.kind === kind && model.usable);
    const hasCompanions = this.all.some(({ companionOf }) => companionOf === checkpoint);
    if (hasCompanions) return usable.filter(({ companionOf }) => companionOf === checkpoint);
    const family = this.find(checkpoint)?.family ?? null;
    return usable.filter((model) => model.companionOf === null && (family === null || model.family === null || model.family === family));
  }

  /** The name of a model, or of its file when the studio does not have it. */
  titleOf(id: string): string {
    return this.find(id)?.name ?? fileName(id);
  }

  /** LoRAs that fit a checkpoint and are not used yet, as choices. */
  lorasFor(checkpoint: string, used: readonly { readonly file: string }[]): { value: string; label: string }[] {
    return this.fitting('lora', checkpoint)
      .filter(({ id, path }) => !used.some(({ file }) => file === id || file === path))
      .map(({ id, name }) => ({ value: id, label: name }));
  }

  /** Indexes a folder, or the folder that holds a file, in place. */
  async addFolder(path: string): Promise<void> {
    await this.#tell(this.#client.call('models.addFolder', { path }));
  }

  async removeFolder(path: string): Promise<void> {
    await this.#tell(this.#client.call('models.removeFolder', { path }));
  }

  async rescan(): Promise<void> {
    await this.#tell(this.#client.call('models.rescan', {}));
  }

  async inspect(path: string): Promise<ModelInfo> {
    return await this.#client.call('models.inspect', { path });
  }

  async #tell(action: Promise<unknown>): Promise<void> {
    try {
      await action;
      await this.load();
    } catch (error) {
      this.#toasts.error(error);
    }
  }
}
