import { inflateSync } from 'node:zlib';

/** A decoded picture of 8 bits a channel, RGBA. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and alpha of a pixel. */
  at(x: number, y: number): readonly number[];
}

/** Reads a PNG as resvg writes it: colour type 6, 8 bits, not interlaced. */
export function decodePng(png: Uint8Array): Picture {
  const bytes = Buffer.from(png);
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  if (bytes[24] !== 8 || bytes[25] !== 6 || bytes[28] !== 0) throw new Error('not the PNG of this decoder');
  const parts: Buffer[] = [];
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at))
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)));
  const raw = inflateSync(Buffer.concat(parts));
  const stride = 4 * width;
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let i = 0; i < stride; i++) {
      const left = i >= 4 ? pixels[y * stride + i - 4] : 0;
      const up = y > 0 ? pixels[(y - 1) * stride + i] : 0;
      const corner = y > 0 && i >= 4 ? pixels[(y - 1) * stride + i - 4] : 0;
      const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      pixels[y * stride + i] = raw[y * (stride + 1) + 1 + i] + predicted;
    }
  }
  return { width, height, at: (x, y) => [...pixels.subarray(y * stride + 4 * x, y * stride + 4 * x + 4)] };
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(estimate - value));
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** How many pixels of an area are darker than middle grey. */
export function inkIn({ at }: Picture, x: number, y: number, width: number, height: number): number {
  let ink = 0;
  for (let row = y; row < y + height; row++)
    for (let column = x; column < x + width; column++) {
      const [red, green, blue] = at(column, row);
      if (red + green + blue < 3 * 128) ink++;
    }
  return ink;
}

/** The streams of a PDF, decompressed, and all of the text outside of them. */
export function readPdf(pdf: Uint8Array): { readonly objects: string; readonly streams: readonly string[] } {
  const text = Buffer.from(pdf).toString('latin1');
  const streams = [...text.matchAll(/\/Filter \/FlateDecode[^>]*>>\nstream\n([\s\S]*?)\nendstream/g)].map(
    ([, body]) => inflateSync(Buffer.from(body, 'latin1')).toString('latin1'),
  );
  return { objects: text.replace(/stream\n[\s\S]*?\nendstream/g, ''), streams };
}
