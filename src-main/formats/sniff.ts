/** Kinds of file that people offer as a model or picture, told by their first bytes alone. */
export type SniffedKind = 'pickle' | 'zip' | 'html' | 'gguf' | 'onnx' | 'png' | 'jpeg' | 'webp' | 'svg' | 'lfsPointer';

const startsWith = (bytes: Uint8Array, ...prefix: number[]): boolean => prefix.every((byte, index) => bytes[index] === byte);

/**
 * What the first bytes of a file look like; undefined when nothing is recognised. 512 bytes are enough.
 * Magic numbers: pickle protocols 2 to 5 (opcode PROTO), zip local header, GGUF, PNG, JFIF, RIFF/WEBP; ONNX is a protobuf that
 * begins with field 1 (ir_version) and has field 2 or 7 next.
 */
export function sniff(bytes: Uint8Array): SniffedKind | undefined {
  if (startsWith(bytes, 0x80) && (bytes[1] ?? 0) >= 2 && (bytes[1] ?? 0) <= 5) return 'pickle';
  if (startsWith(bytes, 0x50, 0x4b, 0x03, 0x04) || startsWith(bytes, 0x50, 0x4b, 0x05, 0x06)) return 'zip';
  if (startsWith(bytes, 0x47, 0x47, 0x55, 0x46)) return 'gguf';
  if (startsWith(bytes, 0x89, 0x50, 0x4e, 0x47)) return 'png';
  if (startsWith(bytes, 0xff, 0xd8, 0xff)) return 'jpeg';
  if (startsWith(bytes, 0x52, 0x49, 0x46, 0x46) && startsWith(bytes.subarray(8), 0x57, 0x45, 0x42, 0x50)) return 'webp';
  if (startsWith(bytes, 0x08) && (bytes[1] ?? 0) > 0 && (bytes[1] ?? 0) < 32 && (bytes[2] === 0x12 || bytes[2] === 0x3a)) return 'onnx';
  return sniffText(bytes);
}

function sniffText(bytes: Uint8Array): SniffedKind | undefined {
  const text = new TextDecoder('utf-8').decode(bytes.subarray(0, 512)).trimStart().toLowerCase();
  if (text.startsWith('version https://git-lfs')) return 'lfsPointer';
  if (text.startsWith('<svg') || (text.startsWith('<?xml') && text.includes('<svg'))) return 'svg';
  if (text.startsWith('<!doctype') || text.startsWith('<html') || text.startsWith('<head') || text.startsWith('<?xml')) return 'html';
  return undefined;
}

const sentences: Record<SniffedKind, string> = {
  pickle:
    'This is a Python pickle (.ckpt, .pt, .bin), which can run code when opened. Convert it to .safetensors with the program it came from, or download the .safetensors version.',
  zip: 'This is a zip archive: a PyTorch checkpoint (pickles inside, which can run code when opened) or a packed download. Unpack it, or convert the checkpoint to .safetensors with the program it came from.',
  html: 'This is a web page, probably an error or log-in page saved in place of the model. Download the model again.',
  gguf: 'This is a GGUF file, which is not supported. Use the .safetensors version of the model.',
  onnx: 'This is an ONNX graph without the weights layout that is needed here. Use the .safetensors version of the model.',
  png: 'This is a PNG picture, not a model.',
  jpeg: 'This is a JPEG picture, not a model.',
  webp: 'This is a WebP picture, not a model.',
  svg: 'This is an SVG document, not a model.',
  lfsPointer: 'This is a Git LFS pointer, a placeholder of a few lines. Download the real file (git lfs pull).',
};

/** The sentence that says why such a file is refused as a model and what to do. */
export function notAModelSentence(kind: SniffedKind): string {
  return sentences[kind];
}
