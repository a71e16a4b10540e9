const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 as PNG and zlib use it (polynomial 0xEDB88320, reflected). */
export function crc32(...parts: readonly Uint8Array[]): number {
  let crc = 0xffffffff;
  // By index: three times as fast as `of`, and pictures are long.
  for (const bytes of parts) for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
