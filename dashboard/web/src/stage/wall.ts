/**
 * The wall: a canvas on which only changed cells are drawn, at most once a frame.
 *
 * Marks are copied as pixels into one image, and the changed rows of that image go to the canvas: ten thousand
 * `drawImage` calls take a tenth of a second, ten thousand copies of a few rows take a few milliseconds.
 */

import { SHOWN } from "../feed/room";
import type { MarkGroup, Scene } from "../feed/wire";
import { waveIndex, waveOf } from "../room/scene";
import { capacity, type Grid, layOut, place } from "./grid";
import { lookOf } from "./look";
import { Marks } from "./marks";
import { Sprites } from "./sprites";

export interface Ground {
  background: string;
  ink: string;
}

export class Wall {
  readonly marks = new Marks();
  private readonly context: CanvasRenderingContext2D;
  private families: string[] = [];
  private scene: Scene | null = null;
  private clockOffset = 0;
  private cells = 0;
  private grid: Grid = layOut(1, 1, 1);
  private sprites: Sprites | null = null;
  private image: ImageData | null = null;
  private pixels = new Uint32Array(0);
  private frame = 0;
  private stale = true;
  private waveColours = new Int8Array(0);

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private ground: Ground,
  ) {
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) throw new Error("this browser has no canvas");
    this.context = context;
    new ResizeObserver(() => this.redraw()).observe(canvas);
  }

  /** A new snapshot: all places are dealt anew. */
  reset(marks: readonly MarkGroup[], families: string[]): void {
    this.marks.clear();
    this.update(marks, families);
    this.redraw();
  }

  update(marks: readonly MarkGroup[], families: string[]): void {
    this.families = families;
    this.marks.apply(marks);
    if (capacity(this.marks.highest, this.cells) !== this.cells) this.redraw();
    if (this.marks.hasChanged) this.request();
  }

  /** The scene is needed for waves alone: everything else is drawn as phones report it. */
  setScene(scene: Scene | null, clockOffset: number): void {
    this.scene = scene;
    this.clockOffset = clockOffset;
    this.redraw();
  }

  setGround(ground: Ground): void {
    this.ground = ground;
    this.redraw();
  }

  /** Everything is drawn again in the next frame. */
  redraw(): void {
    this.stale = true;
    this.request();
  }

  private request(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.frame = 0;
    if (this.stale) this.prepare();
    if (this.image === null || this.sprites === null) return;
    const wave = waveOf(this.scene);
    const slots = this.stale ? null : this.marks.takeChanged();
    const [top, bottom] = this.stale || slots === null ? this.drawAll() : this.drawSome(slots);
    this.stale = false;
    const rows = wave === null ? [top, bottom] : this.drawWave(top, bottom);
    const [from = 0, to = 0] = rows;
    if (to > from) this.context.putImageData(this.image, 0, 0, 0, from, this.image.width, to - from);
    if (wave !== null) this.request();
  }

  /** Sizes canvas, grid and sprites for the room and the window. */
  private prepare(): void {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(this.canvas.clientWidth * ratio);
    const height = Math.round(this.canvas.clientHeight * ratio);
    if (width < 2 || height < 2) {
      this.image = null;
      return;
    }
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.cells = capacity(this.marks.highest, this.cells);
    this.grid = layOut(this.cells, width, height);
    this.sprites = new Sprites(this.grid.cell, this.ground.background, this.ground.ink);
    this.image = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    // As a sprite's corner has it, so that no byte order is assumed.
    this.pixels.fill(this.sprites.place[0] ?? 0);
    this.waveColours = new Int8Array(this.cells + 1).fill(-1);
  }

  private drawAll(): [number, number] {
    this.marks.takeChanged();
    for (let slot = 1; slot <= this.cells; slot++) this.stamp(slot);
    return [0, this.image?.height ?? 0];
  }

  private drawSome(slots: readonly number[]): [number, number] {
    let top = Number.POSITIVE_INFINITY;
    let bottom = 0;
    for (const slot of slots) {
      this.waveColours[slot] = -1;
      const y = this.stamp(slot);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + this.grid.cell);
    }
    return bottom === 0 ? [0, 0] : [top, bottom];
  }

  /** In a wave every phone works its colour out from the clock, and so does the wall, for those that said they do. */
  private drawWave(top: number, bottom: number): [number, number] {
    const wave = waveOf(this.scene);
    if (wave === null) return [top, bottom];
    const since = Date.now() + this.clockOffset - (this.scene?.at ?? 0);
    const colours = wave.colors.map((one) => Number.parseInt(one.slice(1), 16));
    let [from, to] = bottom > top ? [top, bottom] : [Number.POSITIVE_INFINITY, 0];
    for (let slot = 1; slot <= this.marks.highest; slot++) {
      if (!this.marks.present[slot] || !((this.marks.flags[slot] ?? 0) & SHOWN)) continue;
      // A phone with a colour of its own is not in the wave.
      if (!colours.includes(this.marks.colour[slot] ?? -1)) continue;
      const index = waveIndex(wave, slot, since);
      if (this.waveColours[slot] === index) continue;
      this.waveColours[slot] = index;
      const y = this.stamp(slot, colours[index]);
      from = Math.min(from, y);
      to = Math.max(to, y + this.grid.cell);
    }
    return to > from ? [from, to] : [0, 0];
  }

  /** Copies a slot's sprite to its cell; returns the cell's top. */
  private stamp(slot: number, colour = this.marks.colour[slot] ?? -1): number {
    const { sprites, image, grid, marks } = this;
    const [left, top] = place(grid, slot);
    if (sprites === null || image === null || top + grid.cell > image.height) return top;
    const family = this.families[marks.family[slot] ?? 0] ?? "other";
    const sprite = marks.present[slot]
      ? sprites.get(family, lookOf(marks.flags[slot] ?? 0, colour))
      : sprites.place;
    for (let row = 0; row < grid.cell; row++) {
      this.pixels.set(
        sprite.subarray(row * grid.cell, (row + 1) * grid.cell),
        (top + row) * image.width + left,
      );
    }
    return top;
  }
}
