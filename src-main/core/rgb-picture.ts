/** An 8-bit RGB picture, row by row, 3 bytes a pixel. */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}
