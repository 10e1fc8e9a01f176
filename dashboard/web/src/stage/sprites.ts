/** Marks as ready pixels, one sprite for each shape, state and colour. */

import { contrast, inkOn } from "../room/colour";
import { shapeOf } from "../room/shapes";
import { type Look, lookOf } from "./look";

/** Above this many sprites the oldest half is made anew when needed: a wave has few colours, a rainbow has many. */
const MOST_SPRITES = 1_200;
/** From this part of the wall's height on a cell has room for a phone with its number: 400 or so of them. */
const PHONE_PART = 1 / 20;
/** A phone in a cell of 100 by 100: its case, the box of its sign, the foot of its number. */
const CASE = "M29 3H71A9 9 0 0 1 80 12V88A9 9 0 0 1 71 97H29A9 9 0 0 1 20 88V12A9 9 0 0 1 29 3z";
const SIGN = { left: 32, top: 14, side: 36 };
const NUMBER = { foot: 87, height: 27, width: 52 };
/** Part of a cell that its mark fills. */
const MARK_PART = 0.74;
/** Opacity of a phone that is asleep or away. */
const DIM = 0.35;
/** Cells smaller than this have no room for the sign of a simulated phone. */
const SMALLEST_SIGN_PX = 12;
/** WCAG contrast below which a mark needs an edge to be seen on its ground. */
export const FAINT = 3;
/** Opacity of that edge. */
export const EDGE = 0.5;

const hex = (colour: number): string => `#${colour.toString(16).padStart(6, "0")}`;

/** Sprites of one cell size on one ground, as opaque pixels that can be copied into an image. */
export class Sprites {
  /** Cells are large enough for phones with numbers. */
  readonly phones: boolean;
  private readonly cache = new Map<number, Uint32Array>();
  private readonly context: CanvasRenderingContext2D;
  private readonly empty: Uint32Array;
  private readonly nothing: Uint32Array;

  constructor(
    readonly cell: number,
    private readonly ground: string,
    private readonly ink: string,
    private readonly families: readonly string[],
    wallHeight: number,
  ) {
    this.phones = cell >= wallHeight * PHONE_PART;
    const canvas = document.createElement("canvas");
    canvas.width = cell;
    canvas.height = cell;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) throw new Error("this browser has no canvas");
    this.context = context;
    this.empty = this.draw(() => this.drawPlace());
    this.nothing = this.draw(() => undefined);
  }

  /** A place that no phone has: a faint point, so that the size of the room is felt. */
  get place(): Uint32Array {
    return this.empty;
  }

  /** A cell of ground alone. */
  get blank(): Uint32Array {
    return this.nothing;
  }

  /**
   * The sprite of a family (an index into the feed's `families`) with the feed's flags and a colour. `slot` is written
   * on a phone that has room for it; 0 for none.
   */
  get(family: number, flags: number, colour: number, slot = 0): Uint32Array {
    const named = this.phones ? slot : 0;
    // A number and no text: ten thousand are looked up for each frame of a transition. Below 2^53.
    const key = (named * 2 ** 24 + colour + 1) * 2 ** 12 + family * 16 + (flags & 15);
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    if (this.cache.size >= MOST_SPRITES) this.forgetHalf();
    const look = lookOf(flags, colour);
    const name = this.families[family] ?? "other";
    const made = this.draw(() =>
      this.phones ? this.drawPhone(name, look, named) : this.drawMark(name, look),
    );
    this.cache.set(key, made);
    return made;
  }

  private forgetHalf(): void {
    for (const key of [...this.cache.keys()].slice(0, MOST_SPRITES / 2)) this.cache.delete(key);
  }

  private draw(paint: () => void): Uint32Array {
    const { context, cell } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.fillStyle = this.ground;
    context.fillRect(0, 0, cell, cell);
    paint();
    return new Uint32Array(context.getImageData(0, 0, cell, cell).data.buffer);
  }

  private drawPlace(): void {
    const { context, cell } = this;
    const radius = Math.max(0.6, cell * 0.035);
    context.globalAlpha = 0.16;
    context.fillStyle = this.ink;
    context.beginPath();
    context.arc(cell / 2, cell / 2, radius, 0, 2 * Math.PI);
    context.fill();
  }

  private drawMark(family: string, look: Look): void {
    const { context, cell } = this;
    const size = cell * MARK_PART;
    const margin = (cell - size) / 2;
    const path = new Path2D(shapeOf(family).path);
    context.globalAlpha = look.dim ? DIM : 1;
    context.setTransform(size / 100, 0, 0, size / 100, margin, margin);
    if (look.filled) {
      context.fillStyle = hex(look.colour);
      context.fill(path, "evenodd");
      if (contrast(hex(look.colour), this.ground) < FAINT) this.drawEdge(path, size);
    } else {
      // At least one device pixel, whatever the size of the cell.
      context.lineWidth = Math.max(8, 110 / size);
      context.lineJoin = "round";
      context.strokeStyle = hex(look.colour);
      context.stroke(path);
    }
    if (look.simulated) this.drawSign();
  }

  /** A phone that is as its owner sees it: a sign on a screen of that colour; hollow until it has reported. */
  private drawPhone(family: string, look: Look, slot: number): void {
    const { context, cell } = this;
    const body = new Path2D(CASE);
    const colour = hex(look.colour);
    context.globalAlpha = look.dim ? DIM : 1;
    context.setTransform(cell / 100, 0, 0, cell / 100, 0, 0);
    context.lineJoin = "round";
    context.lineWidth = 5;
    context.strokeStyle = colour;
    context.fillStyle = colour;
    if (look.filled) {
      context.fill(body);
      if (contrast(colour, this.ground) < FAINT) this.drawEdge(body, cell);
      context.globalAlpha = look.dim ? DIM : 1;
      context.fillStyle = inkOn(colour);
    } else context.stroke(body);
    if (slot > 0) {
      context.font = `700 ${NUMBER.height}px ui-sans-serif, system-ui, sans-serif`;
      context.textAlign = "center";
      context.fillText(String(slot), 50, NUMBER.foot, NUMBER.width);
    }
    const scale = (cell * SIGN.side) / 10_000;
    context.setTransform(scale, 0, 0, scale, (cell * SIGN.left) / 100, (cell * SIGN.top) / 100);
    const sign = new Path2D(shapeOf(family).path);
    if (look.filled) context.fill(sign, "evenodd");
    else {
      context.lineWidth = 12;
      context.stroke(sign);
    }
    if (look.simulated) this.drawSign();
  }

  private drawEdge(path: Path2D, size: number): void {
    const { context } = this;
    context.lineWidth = Math.max(3, 110 / size);
    context.strokeStyle = this.ink;
    context.globalAlpha *= EDGE;
    context.stroke(path);
  }

  /** Simulated phones have a small dot at the lower right. */
  private drawSign(): void {
    const { context, cell } = this;
    if (cell < SMALLEST_SIGN_PX) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 0.55;
    context.fillStyle = this.ink;
    const radius = Math.max(1, cell * 0.04);
    context.beginPath();
    context.arc(cell * 0.91, cell * 0.88, radius, 0, 2 * Math.PI);
    context.fill();
  }
}
