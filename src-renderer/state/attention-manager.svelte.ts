import type { CaptureInfo } from '../../src-main/contract/reports.ts';
import type { StudioEventListener } from '../../src-main/contract/studio-client.ts';
import { heatMap, readAttention } from '../canvas/heat-map.ts';
import type { Surface } from '../canvas/surface.ts';
import type { CanvasManager } from './canvas-manager.svelte.ts';
import type { DocumentManager } from './document-manager.svelte.ts';
import type { Attention, Candidate, GenerationManager } from './generation-manager.svelte.ts';

export interface Reading {
  readonly name: string;
  readonly kind: CaptureInfo['sources'][number]['kind'];
  readonly index: number;
  readonly share: number;
}

/** Sources of which there is one; the engine numbers the others. */
const kindNames: Partial<Record<CaptureInfo['sources'][number]['kind'], string>> = { prompt: 'Prompt', negative: 'Negative prompt' };

/** Where prompts, regions and references won: during a run from its steps, afterwards from the picture's capture. */
export class AttentionManager {
  isOn = $state(false);
  data: Attention | null = $state.raw(null);
  /** Index into the steps; -1 is the mean over all. */
  step = $state(-1);
  source = $state(0);
  /** A place that was clicked, as shares of the frame. */
  pinned: { readonly x: number; readonly y: number } | null = $state.raw(null);
  readonly map: Surface | null = $derived(
    this.data === null ? null : heatMap(this.data.info, this.data.values, this.#validStep(), this.#validSource()),
  );
  readonly readings: readonly Reading[] = $derived.by(() => this.#read());
  readonly #generation: GenerationManager;
  readonly #canvas: CanvasManager;
  readonly #document: DocumentManager;
  #liveJob: number | null = null;
  /** It was just opened: the first data decides which source is shown. */
  #choosesSource = false;

  constructor(generation: GenerationManager, canvas: CanvasManager, document: DocumentManager) {
    this.#generation = generation;
    this.#document = document;
    this.#canvas = canvas;
  }

  toggle(): void {
    this.isOn = !this.isOn;
    this.#choosesSource = this.isOn;
    this.pinned = null;
    this.#canvas.requestDraw();
  }

  /** Shows the capture of a candidate; keeps what came live while its picture has none yet. */
  async show(candidate: Candidate | null): Promise<void> {
    if (candidate === null) {
      this.data = null;
      return;
    }
    if (candidate.picture === null) {
      if (candidate.job !== this.#liveJob) this.data = null;
      return;
    }
    const attention = await this.#generation.attentionOf(candidate);
    if (this.#generation.chosen !== candidate.job) return;
    if (attention !== null && this.#choosesSource) this.source = this.#sourceOfActive(attention.info);
    if (attention !== null) this.#choosesSource = false;
    this.data = attention ?? (this.#liveJob === candidate.job ? this.data : null);
    this.#canvas.requestDraw();
  }

  /** The region that is being edited is what one wants to see first. */
  #sourceOfActive(info: CaptureInfo): number {
    const { active, layers } = this.#document;
    const index = layers.filter((layer) => layer.kind === 'region' && !layer.hidden).findIndex((layer) => layer.id === active?.id);
    return Math.max(
      0,
      info.sources.findIndex((source) => source.kind === 'region' && source.index === index),
    );
  }

  /** What people call a source: the region's own name rather than its number. */
  nameOf(source: CaptureInfo['sources'][number]): string {
    const region = source.kind === 'region' ? this.#generation.chosenCandidate?.picture?.recipe.regions[source.index] : undefined;
    return region?.name || region?.prompt || kindNames[source.kind] || source.name;
  }

  #validStep(): number {
    return Math.min(this.step, (this.data?.info.steps.length ?? 0) - 1);
  }

  #validSource(): number {
    return Math.min(this.source, Math.max(0, (this.data?.info.sources.length ?? 1) - 1));
  }

  #read(): Reading[] {
    const { data } = this;
    if (data === null) return [];
    const at = this.pinned ?? this.#pointerShare(data);
    if (at === null) return [];
    const shares = readAttention(data.info, data.values, this.#validStep(), at.x, at.y);
    return (
      data.info.sources
        .map((source, index) => ({ name: this.nameOf(source), kind: source.kind, index, share: shares[index] ?? 0 }))
        // The negative prompt steers a pass of its own: its shares do not belong to the same whole.
        .sort((a, b) => Number(a.kind === 'negative') - Number(b.kind === 'negative') || b.share - a.share)
    );
  }

  #pointerShare({ frame }: Attention): { x: number; y: number } | null {
    const point = this.#canvas.pointer?.canvas;
    if (!point) return null;
    const share = { x: (point.x - frame.x) / frame.width, y: (point.y - frame.y) / frame.height };
    return share.x >= 0 && share.y >= 0 && share.x < 1 && share.y < 1 ? share : null;
  }

  /** Adds one step of a running job's capture to what is shown. */
  readonly receive: StudioEventListener = (event, buffers) => {
    if (event.kind !== 'progress' || event.progress.capture === null) return;
    const { capture, preview } = event.progress;
    const values = buffers[preview === null ? 0 : 1];
    const candidate = this.#generation.candidates.find((known) => known.job === event.job);
    if (!values || !candidate || this.#generation.chosen !== event.job) return;
    const before = this.#liveJob === event.job && this.data ? this.data : null;
    this.#liveJob = event.job;
    const merged = new Uint8Array((before?.values.length ?? 0) + values.length);
    if (before) merged.set(before.values);
    merged.set(values, before?.values.length ?? 0);
    const steps = [...(before?.info.steps ?? []), ...capture.steps];
    this.data = { info: { ...capture, steps }, values: merged, frame: candidate.frame };
    if (this.isOn) this.#canvas.requestDraw();
  };
}
