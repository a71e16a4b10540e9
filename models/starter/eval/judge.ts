import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { RgbPicture } from '../../../src-main/core/rgb-picture.ts';
import type { Answers } from './read-judge.ts';

/** The trained judge (`train/classifier.py`): it only ever saw drawings, never a generated picture. */
export class Judge implements AsyncDisposable {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  /** @param file an ONNX file with the input `picture` [n, 3, 256, 256] in 0..1 */
  static async open(file: string = join(import.meta.dirname, 'classifier.onnx'), threads?: number): Promise<Judge> {
    if (!existsSync(file)) throw new Error(`There is no judge: expected ${file}. Write it with python -m train.classifier --export.`);
    const options = { logSeverityLevel: 3, ...(threads !== undefined && { intraOpNumThreads: threads }) } as const;
    return new Judge(await InferenceSession.create(file, options));
  }

  /** @throws RangeError for a picture that is not 256x256 */
  async look(picture: RgbPicture): Promise<Answers> {
    const { width, height } = picture;
    if (width !== 256 || height !== 256) throw new RangeError(`the judge: expected a picture of 256x256, got ${width}x${height}`);
    const { kinds, colours, background } = await this.#session.run({ picture: new Tensor('float32', planes(picture), [1, 3, 256, 256]) });
    return { kinds: floats(kinds), colours: floats(colours), background: floats(background) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}

function planes({ width, height, data }: RgbPicture): Float32Array {
  const count = width * height;
  return Float32Array.from({ length: 3 * count }, (_, i) => data[3 * (i % count) + Math.floor(i / count)]! / 255);
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new TypeError(`the judge: expected outputs kinds, colours and background in f32, got ${tensor?.type ?? 'nothing'}`);
}
