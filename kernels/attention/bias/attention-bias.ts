import { forEachPosition, toFloat32, writeElement, zeros, expand, type StridedTensor, type TensorOptions } from '../strided/tensor.ts';
import type { BiasForm } from '../ops/inputs.ts';
import { causalBias, type ScoreBias } from './score-bias.ts';

/** A mask that kernels know by its rule, so that no tensor need exist. Names and meanings are those of xformers.ops.fmha.attn_bias. */
export abstract class AttentionBias {
  abstract readonly form: BiasForm;
  /** Whether inputs without a heads dimension are allowed, as in xformers. */
  readonly supportsBmk: boolean = false;
  /** The rule for a problem of this many queries and keys; the tensor part, where there is one, is added by the caller. */
  abstract rule(queries: number, keys: number): ScoreBias | undefined;

  /** The mask as a tensor of shape [..., queries, keys]: 0 and -Infinity. For tests: it is as large as the scores. */
  materialize(shape: readonly number[], options: TensorOptions = {}): StridedTensor {
    const [rows, columns] = shape.slice(-2) as [number, number];
    const matrix = zeros([rows, columns]);
    const rule = this.rule(rows, columns);
    rule?.addTo(matrix.data as Float32Array, 0, columns, { slab: 0, row: 0, rows, column: 0, columns });
    return copyInto(zeros(shape, options), toFloat32(expand(matrix, shape)));
  }
}

function copyInto(target: StridedTensor, values: Float32Array): StridedTensor {
  let index = 0;
  forEachPosition(target, (position) => writeElement(target, position, values[index++]!));
  return target;
}

/** Causal from the top-left corner: query i sees keys 0 … i. */
export class LowerTriangularMask extends AttentionBias {
  readonly form: BiasForm = 'causal';
  override readonly supportsBmk: boolean = true;

  override rule(): ScoreBias {
    return causalBias(0);
  }

  /** The same mask with an additive tensor of shape [B, H, queries, keys]. */
  addBias(bias: StridedTensor): LowerTriangularMaskWithTensorBias {
    return new LowerTriangularMaskWithTensorBias(bias);
  }
}

/** Causal from the bottom-right corner: query i sees keys 0 … i + keys - queries. Rows before the corner see nothing. */
export class LowerTriangularFromBottomRightMask extends AttentionBias {
  readonly form: BiasForm = 'causalFromBottomRight';

  override rule(queries: number, keys: number): ScoreBias {
    return causalBias(keys - queries);
  }
}

/** A top-left causal mask plus a tensor. */
export class LowerTriangularMaskWithTensorBias extends LowerTriangularMask {
  override readonly form: BiasForm = 'causalWithDense';
  override readonly supportsBmk: boolean = false;
  readonly bias: StridedTensor;

  constructor(bias: StridedTensor) {
    super();
    this.bias = bias;
  }

  override materialize(shape: readonly number[], options: TensorOptions = {}): StridedTensor {
    const mask = toFloat32(super.materialize(shape));
    const tensorPart = toFloat32(expand(this.bias, shape));
    return copyInto(
      zeros(shape, options),
      mask.map((value, index) => value + tensorPart[index]!),
    );
  }
}
