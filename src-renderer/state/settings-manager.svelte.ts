import { settingsSchema, type Settings } from '../../src-main/contract/records.ts';
import type { StudioClient, StudioEventListener } from '../../src-main/contract/studio-client.ts';
import type { Toasts } from './toasts.svelte.ts';

/** The settings of this computer's studio; changes are shown at once and sent. */
export class SettingsManager {
  value: Settings = $state.raw(settingsSchema.parse({}));
  readonly #client: StudioClient;
  readonly #toasts: Toasts;

  constructor(client: StudioClient, toasts: Toasts) {
    this.#client = client;
    this.#toasts = toasts;
  }

  async load(): Promise<void> {
    this.value = await this.#client.call('settings.get', {});
  }

  set(fields: Partial<Settings>): void {
    this.value = { ...this.value, ...fields };
    this.#client.call('settings.set', fields).catch((error: unknown) => this.#toasts.error(error));
  }

  /** A value that the interface remembers between starts. */
  remembered<T extends string | number | boolean>(name: string, fallback: T): T {
    const value = this.value.interface[name];
    return typeof value === typeof fallback ? (value as T) : fallback;
  }

  remember(name: string, value: string | number | boolean): void {
    this.set({ interface: { ...this.value.interface, [name]: value } });
  }

  readonly receive: StudioEventListener = (event) => {
    if (event.kind === 'settings') this.value = event.settings;
  };
}
