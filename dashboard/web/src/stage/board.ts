/**
 * The pixels of the wall: sprites are copied into one image, and the changed rows of that image go to the canvas.
 * Ten thousand `drawImage` calls take a tenth of a second, ten thousand copies of a few rows take a few milliseconds.
 */

import { Sprites } from "./sprites";

export interface Ground {
  background: string;
  ink: string;
}

export class Board {
  readonly width: number;
  readonly height: number;
  private readonly image: ImageData;
  private readonly pixels: Uint32Array;
  private readonly sizes = new Map<number, Sprites>();
  /** One pixel of ground, as a sprite has it, so that no byte order is assumed. */
  private readonly background: number;
  private top = Number.POSITIVE_INFINITY;
  private bottom = 0;

  constructor(
    private readonly context: CanvasRenderingContext2D,
    private readonly ground: Ground,
    private readonly families: readonly string[],
  ) {
    this.width = context.canvas.width;
    this.height = context.canvas.height;
    this.image = context.createImageData(this.width, this.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.background = this.sprites(1).blank[0] ?? 0;
  }

  /** The sprites of a size, made when they are first needed. */
  sprites(cell: number): Sprites {
    let found = this.sizes.get(cell);
    if (found === undefined) {
      found = new Sprites(cell, this.ground.background, this.ground.ink, this.families, this.height);
      this.sizes.set(cell, found);
    }
    return found;
  }

  /** Forgets the sizes that only a transition needed. */
  keepOnly(cell: number): void {
    for (const size of this.sizes.keys()) if (size !== cell) this.sizes.delete(size);
  }

  clear(): void {
    this.pixels.fill(this.background);
    this.touch(0, this.height);
  }

  /** Copies a sprite whole: for places that no two marks share. */
  stamp(sprite: Uint32Array, cell: number, left: number, top: number): void {
    if (left < 0 || top < 0 || left + cell > this.width || top + cell > this.height) return;
    for (let row = 0; row < cell; row++) {
      this.pixels.set(sprite.subarray(row * cell, (row + 1) * cell), (top + row) * this.width + left);
    }
    this.touch(top, top + cell);
  }

  /** Copies what is not ground: marks on their way pass over each other. */
  stampOver(sprite: Uint32Array, cell: number, left: number, top: number): void {
    if (left < 0 || top < 0 || left + cell > this.width || top + cell > this.height) return;
    const { pixels, background, width } = this;
    let from = 0;
    for (let row = top; row < top + cell; row++) {
      let to = row * width + left;
      for (let column = 0; column < cell; column++, from++, to++) {
        const pixel = sprite[from] ?? background;
        if (pixel !== background) pixels[to] = pixel;
      }
    }
    this.touch(top, top + cell);
  }

  /** Brings what has changed to the canvas. */
  show(): void {
    if (this.bottom > this.top) {
      this.context.putImageData(this.image, 0, 0, 0, this.top, this.width, this.bottom - this.top);
    }
    this.top = Number.POSITIVE_INFINITY;
    this.bottom = 0;
  }

  private touch(top: number, bottom: number): void {
    this.top = Math.min(this.top, top);
    this.bottom = Math.max(this.bottom, bottom);
  }
}
