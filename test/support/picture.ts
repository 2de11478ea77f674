/** A picture that nobody takes for another one: four fields of colour, made here byte by byte. */
import { crc32, deflateSync } from "node:zlib";

const WIDTH = 120;
const HEIGHT = 90;
const COLOURS = [
  [0xd0, 0x30, 0x30],
  [0x30, 0x90, 0x40],
  [0x30, 0x50, 0xc0],
  [0xe0, 0xb0, 0x20],
] as const;

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function png(): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  // 8 bits a channel, RGB.
  header.set([8, 2], 8);
  const rows = Array.from({ length: HEIGHT }, (_, y) => {
    const pixels = Array.from({ length: WIDTH }, (_, x) => {
      const field = (y < HEIGHT / 2 ? 0 : 2) + (x < WIDTH / 2 ? 0 : 1);
      return COLOURS[field] ?? COLOURS[0];
    });
    return Buffer.from([0, ...pixels.flat()]);
  });
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  const data = deflateSync(Buffer.concat(rows));
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

export const PICTURE = { png: png(), width: WIDTH, height: HEIGHT } as const;
