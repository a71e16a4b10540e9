import type { DoctorReport } from '../../src-main/contract/reports.ts';
import type { StudioClient } from '../../src-main/contract/studio-client.ts';
import type { Toasts } from './toasts.svelte.ts';

/** What was found out about this computer's devices, kept while the page is open. */
export class DeviceManager {
  report: DoctorReport | null = $state.raw(null);
  isChecking = $state.raw(false);
  readonly #client: StudioClient;
  readonly #toasts: Toasts;

  constructor(client: StudioClient, toasts: Toasts) {
    this.#client = client;
    this.#toasts = toasts;
  }

  /** Lets every device draw a little and compares the results; takes seconds to minutes. */
  async check(): Promise<void> {
    if (this.isChecking) return;
    this.isChecking = true;
    try {
      this.report = await this.#client.call('engine.doctor', { device: 'auto' });
    } catch (error) {
      this.#toasts.error(error);
    } finally {
      this.isChecking = false;
    }
  }

  async restartEngine(): Promise<void> {
    try {
      await this.#client.call('engine.restart', {});
    } catch (error) {
      this.#toasts.error(error);
    }
  }
}
