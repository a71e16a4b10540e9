/** Characters that stand for themselves: printable ASCII and Latin-1 without the soft hyphen. */
const printableRanges: readonly (readonly [first: number, last: number])[] = [
  [0x21, 0x7e],
  [0xa1, 0xac],
  [0xae, 0xff],
];

const isPrintable = (byte: number): boolean => printableRanges.some(([first, last]) => byte >= first && byte <= last);

/** One printable character for each byte value (GPT-2's bytes_to_unicode): other bytes get the characters from U+0100 on. */
export const byteAlphabet: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  if (isPrintable(byte)) return String.fromCharCode(byte);
  let others = 0;
  for (let b = 0; b < byte; b++) if (!isPrintable(b)) others++;
  return String.fromCharCode(0x100 + others);
});

const encoder = new TextEncoder();

/** The UTF-8 bytes of `text` as characters of the byte alphabet. */
export function toByteAlphabet(text: string): string[] {
  return Array.from(encoder.encode(text), (byte) => byteAlphabet[byte] ?? '');
}
