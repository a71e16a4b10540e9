import { AppError } from '../../contract/errors.ts';
import { onnxRefusals } from '../../formats/onnx/inspect-onnx.ts';
import { readOnnxHeader, type OnnxHeader } from '../../formats/onnx/read-onnx-header.ts';
import { modelFiles, openFileSource } from '../files.ts';

/**
 * Reads the header of a user's network and lets no file through that must not be loaded: one that is no ONNX model, or that would read weights
 * from outside of its folder. Throws AppError `fileMissing` or `badOnnx`, each naming the file.
 */
export async function readNetworkHeader(file: string): Promise<OnnxHeader> {
  if ((await modelFiles.kind(file)) !== 'file')
    throw new AppError('fileMissing', `${file}: There is no such file: expected an ONNX network.`, { file });
  await using source = await openFileSource(file);
  const header = await readOnnxHeader(source).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${file}: ${error.message}`, { path: file, ...error.details }, error);
  });
  const refusals = onnxRefusals(header);
  if (refusals.length > 0) throw new AppError('badOnnx', `${file}: ${refusals.join(' ')}`, { path: file, got: refusals });
  return header;
}
