import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { referenceDevice } from '../../kernels/attention/device/device.ts';
import type { AttentionLayer, AttentionSite } from '../../kernels/attention/stack/layers.ts';
import { addLayer, createStack, removeLayer, withBase } from '../../kernels/attention/stack/stack.ts';
import { chooseOp } from '../../kernels/attention/ops/dispatch.ts';
import { noBias } from '../../kernels/attention/ops/inputs.ts';
import { opNames } from '../../kernels/attention/ops/op.ts';
import { hiddenScore as regionHiddenScore } from '../../src-main/core/regions/weights.ts';
import { captureGroups, gridName, hiddenScore, planColumns, stackInputNames } from '../../kernels/attention/stack/plan.ts';
import { oracle } from './oracle.ts';
import {
  buildSite,
  capture,
  causal,
  crossSite,
  ipAdapter,
  padding,
  perturbed,
  region,
  relativePosition,
  runSite,
  selfSite,
  toy,
  toyStack,
} from './toy.ts';

const seed = 20261122;

/** Largest difference, as a share of the largest expected magnitude. */
function distance(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let worst = 0;
  let scale = 1e-3;
  for (let index = 0; index < expected.length; index++) {
    worst = Math.max(worst, Math.abs(got[index]! - expected[index]!));
    scale = Math.max(scale, Math.abs(expected[index]!));
  }
  return worst / scale;
}

function expectOracle(layers: readonly AttentionLayer[], site: AttentionSite, base: string): void {
  const results = runSite(toyStack(layers, base), site);
  const expected = oracle(layers, site);
  expect(distance(results.get('out')!.data, expected.out)).toBeLessThan(2e-5);
  const mass = results.get(stackInputNames.captured(gridName(toy.grid)));
  const captures = site.kind === 'cross' && layers.some(({ kind }) => kind === 'capture');
  expect(mass !== undefined).toBe(captures);
  if (mass) expect(distance(mass.data, expected.mass)).toBeLessThan(2e-5);
}

const crossLayers = [ipAdapter(0), ipAdapter(1), region(0), region(1), region(2), capture];
const base = fc.constantFrom('auto', ...opNames);

describe('the attention stack', () => {
  test('equals the f64 oracle in cross-attention for every subset, in every order, on every base op', () => {
    const layers = fc.shuffledSubarray(crossLayers);
    fc.assert(
      fc.property(layers, base, (chosen, op) => expectOracle([padding, ...chosen], crossSite, op)),
      { seed, numRuns: 150 },
    );
  });

  test('equals the f64 oracle in self-attention with relative positions, causal masks and perturbation', () => {
    const layers = fc.shuffledSubarray<AttentionLayer>([relativePosition, causal, perturbed, ...crossLayers]);
    fc.assert(
      fc.property(layers, base, (chosen, op) => expectOracle(chosen, selfSite, op)),
      { seed, numRuns: 100 },
    );
  });

  test('blends isolated regions by their normalised masks and weighs prompts by strength', () => {
    const variants = fc.tuple(fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), fc.constantFrom(0.25, 1, 3), fc.boolean());
    const property = fc.property(variants, base, ([isolate, strength, captured], op) => {
      const regions = isolate.map((own, index) => region(index, { isolate: own, strength: own ? 1 : strength }));
      expectOracle([padding, ...regions, ...(captured ? [capture] : [])], crossSite, op);
    });
    fc.assert(property, { seed, numRuns: 60 });
  });

  test('gives bit-identical results for every order of the calls that built it', () => {
    const all = [padding, ...crossLayers];
    const expected = runSite(toyStack(all), crossSite).get('out')!.data;
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (order) => {
        expect(runSite(toyStack(order), crossSite).get('out')!.data).toEqual(expected);
      }),
      { seed, numRuns: 20 },
    );
  });

  test('gives the base result bit for bit when all layers are removed, and warns for those with weights', () => {
    const warnings: string[] = [];
    for (const op of ['auto', 'flash', 'chunked'] as const) {
      const full = toyStack(crossLayers, op);
      const bare = crossLayers.reduce((stack, { id }) => removeLayer(stack, id, (sentence) => warnings.push(sentence)), full);
      expect(bare).toEqual(createStack(op));
      expect(runSite(bare, crossSite).get('out')!.data).toEqual(runSite(createStack(op), crossSite).get('out')!.data);
    }
    expect(warnings.slice(0, 2)).toEqual([
      'You are removing possibly trained weights of ipAdapter "face0" with auto',
      'You are removing possibly trained weights of ipAdapter "face1" with auto',
    ]);
  });

  test('keeps every layer when the base changes, before or after', () => {
    const after = withBase(toyStack(crossLayers), 'chunked');
    const before = crossLayers.reduce(addLayer, createStack('chunked'));
    expect(after).toEqual(before);
    expect(() => withBase(after, 'xformers')).toThrow('expected a base of auto, math,');
  });

  test('runs every attention of a site on the same base op, with and without adapters', () => {
    for (const op of ['auto', 'flash', 'onnx-mha']) {
      const used = (layers: readonly AttentionLayer[]) =>
        new Set(
          buildSite(toyStack(layers, op), crossSite)
            .graph.nodes.filter((node) => node.op === 'attention')
            .map((node) => node.attributes['base']),
        );
      expect(used([])).toEqual(new Set([op]));
      expect(used(crossLayers)).toEqual(new Set([op]));
    }
    const operand = (length: number) => ({ shape: [2, length, 8, 40], strides: [length * 320, 320, 40, 1], dtype: 'f32' as const });
    const inputs = { query: operand(4096), key: operand(308), value: operand(308), p: 0 };
    const plain = chooseOp({ ...inputs, bias: noBias }, referenceDevice).op;
    expect(chooseOp({ ...inputs, bias: { form: 'lowRank', typeName: 'regions', rank: 5 } }, referenceDevice).op).toBe(plain);
  });

  test('builds nothing for an adapter of scale 0 or at a site it does not act on', () => {
    const none = buildSite(createStack(), crossSite).graph;
    expect(buildSite(toyStack([ipAdapter(0, { scale: 0 })]), crossSite).graph.nodes).toHaveLength(none.nodes.length);
    const elsewhere = ipAdapter(0, { otherSites: 0, siteFactors: [{ prefix: 'up_blocks.1', factor: 1 }] });
    expect(buildSite(toyStack([elsewhere]), crossSite).graph.nodes).toHaveLength(none.nodes.length);
    expect(buildSite(toyStack([elsewhere]), { ...crossSite, name: 'up_blocks.1.attn2' }).graph.nodes.length).toBeGreaterThan(
      none.nodes.length,
    );
  });

  test('acts from begin to before end, by inputs and without another graph', () => {
    const layers = [padding, region(0, { range: [0, 0.5] }), ipAdapter(1, { range: [0.5, 1] })];
    const stack = toyStack(layers);
    const at = (step: number) => runSite(stack, crossSite, { step, steps: 4 }).get('out')!.data;
    const regionOnly = oracle([padding, region(0), ipAdapter(1, { scale: 0 })], crossSite).out;
    expect(distance(at(1), regionOnly)).toBeLessThan(2e-5);
    const hidden = runSite(toyStack([padding, region(0, { strength: 0 }), ipAdapter(1)]), crossSite).get('out')!.data;
    expect(distance(at(2), hidden)).toBeLessThan(2e-5);
  });

  test('spends no column on what no batch row needs', () => {
    const rankOf = (layers: readonly AttentionLayer[]) => planColumns(toyStack(layers).layers).rank;
    expect(rankOf([])).toBe(0);
    expect(rankOf([region(0, { hasMask: false }), capture])).toBe(0);
    expect(rankOf([padding])).toBe(1);
    expect(rankOf([padding, region(0), region(1), region(2)])).toBe(3);
    expect(rankOf([padding, region(0), region(1, { rows: [0] }), region(2)])).toBe(2);
    expect(rankOf([{ kind: 'padding', id: 'padding', lengths: [9, 9], tokens: 12 }, region(0)])).toBe(2);
  });

  test('hides with one score, in the regions as in the padding', () => {
    expect(regionHiddenScore).toBe(hiddenScore);
    expect(Math.fround(1 + Math.exp(hiddenScore))).toBe(1);
    expect(Math.fround(Math.exp(hiddenScore - 27))).toBeGreaterThan(2 ** -126);
  });

  test('names what capture tells apart', () => {
    expect(captureGroups(toyStack(crossLayers).layers)).toEqual(['rest', 'region0', 'region1', 'region2', 'face0', 'face1']);
  });

  test('refuses a layer twice', () => {
    const stack = toyStack([region(0)]);
    expect(() => addLayer(stack, region(0))).toThrow('a layer "region0" is on the stack already');
    expect(() => addLayer(toyStack([causal]), { kind: 'causal', id: 'again' })).toThrow('expected at most one causal layer');
  });
});
