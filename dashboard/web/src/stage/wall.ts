/** The wall: a canvas on which only changed cells are drawn, at most once a frame, and marks move between views. */

import { type RoomView, SHOWN } from "../feed/room";
import type { Facts, Scene } from "../feed/wire";
import { type Wave, waveIndex, waveOf } from "../room/scene";
import { Board, type Ground } from "./board";
import { grouping } from "./groups";
import { isByLook, type Row } from "./legend";
import { Marks } from "./marks";
import { Motion } from "./motion";
import { barPlaces, columnPlaces, type Places, roomPlaces, type View } from "./views";

/** Columns follow who comes and goes, but not more often than this (ms): a transition must be able to end. */
const REGROUP_MS = 1_200;

type GroupOf = (slot: number) => number;

const NO_PLACES: Places = { cell: 1, x: new Int16Array(0), y: new Int16Array(0) };

export class Wall {
  readonly marks = new Marks();
  private readonly context: CanvasRenderingContext2D;
  private readonly still = matchMedia("(prefers-reduced-motion: reduce)");
  private facts: Facts = { os: [] };
  private rows: readonly Row[] = [];
  private answerOf: GroupOf | null = null;
  private view: View = "room";
  private scene: Scene | null = null;
  private wave: Wave | null = null;
  private clockOffset = 0;
  /** Places that the room has had; they are never fewer. */
  private cells = 0;
  private board: Board | null = null;
  private places: Places = NO_PLACES;
  private motion: Motion | null = null;
  private frame = 0;
  /** Everything must be made anew: size, ground or all marks have changed. */
  private stale = true;
  /** Every mark must be drawn again where it is. */
  private repaint = false;
  /** Marks have other places. */
  private moved = false;
  private movedAt = 0;
  private timer = 0;
  private waveColours = new Int8Array(0);

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private ground: Ground,
    /** Called when marks have got other places. */
    private readonly arranged: () => void,
  ) {
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) throw new Error("this browser has no canvas");
    this.context = context;
    new ResizeObserver(() => this.redraw()).observe(canvas);
  }

  /** A new snapshot: all places are dealt anew. */
  reset(view: RoomView): void {
    this.marks.clear();
    this.facts = view.facts;
    this.apply(view);
    this.redraw();
  }

  update(view: RoomView): void {
    if (view.facts.os?.length !== this.facts.os?.length) this.redraw();
    this.facts = view.facts;
    this.apply(view);
    if (this.view === "room" && this.marks.highest > this.cells) this.move();
    if (this.view !== "room" && this.regroups()) this.moveSoon();
    if (this.marks.hasChanged) this.request();
  }

  private apply(view: RoomView): void {
    this.marks.applyTraits(view.traits);
    this.marks.apply(view.marks);
  }

  private get families(): string[] {
    return this.facts.os ?? [];
  }

  /** Which view, and the groups that columns and bars stand for; `groupOf` when these are answers to a poll. */
  show(view: View, rows: readonly Row[], groupOf: GroupOf | null = null): void {
    const same = (row: Row, index: number): boolean =>
      row.name === this.rows[index]?.name && row.colour === this.rows[index]?.colour;
    const answers = (groupOf === null) !== (this.answerOf === null);
    const regrouped = answers || rows.length !== this.rows.length || !rows.every(same);
    this.rows = rows;
    this.answerOf = groupOf;
    if (view !== this.view) {
      this.view = view;
      this.move();
    } else if (view !== "room" && regrouped) this.moveSoon();
  }

  /** The scene is needed for waves and groups: everything else is drawn as phones report it. */
  setScene(scene: Scene | null, clockOffset: number): void {
    this.scene = scene;
    this.wave = waveOf(scene);
    this.clockOffset = clockOffset;
    this.waveColours.fill(-1);
    this.repaint = true;
    this.request();
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

  /** Where a slot's mark is when it has arrived: its middle and its side, as parts of the wall. Null without a place. */
  spotOf(slot: number): { x: number; y: number; size: number } | null {
    const { board, places } = this;
    const left = places.x[slot] ?? -1;
    if (board === null || left < 0 || !this.marks.present[slot]) return null;
    const half = places.cell / 2;
    const top = places.y[slot] ?? 0;
    return {
      x: (left + half) / board.width,
      y: (top + half) / board.height,
      size: places.cell / board.width,
    };
  }

  /** Somebody may belong to another group. */
  private regroups(): boolean {
    return this.marks.membersChanged || (this.marks.looksChanged && isByLook(this.scene, this.facts));
  }

  private move(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    this.moved = true;
    this.request();
  }

  private moveSoon(): void {
    if (this.timer !== 0) return;
    const wait = Math.max(0, this.movedAt + REGROUP_MS - performance.now());
    this.timer = window.setTimeout(() => this.move(), wait);
  }

  private request(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame((now) => this.draw(now));
  }

  private draw(now: number): void {
    this.frame = 0;
    if (this.stale) this.prepare();
    else if (this.moved) this.setOff(now);
    const { board } = this;
    if (board === null) return;
    if (this.motion !== null) this.drawMotion(board, this.motion, now);
    else if (this.stale || this.repaint) this.drawAll(board);
    else this.drawSome(board);
    this.stale = false;
    this.repaint = false;
    board.show();
    if (this.wave !== null || this.motion !== null) this.request();
  }

  /** Sizes canvas and places for the room and the window, at once. */
  private prepare(): void {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(this.canvas.clientWidth * ratio);
    const height = Math.round(this.canvas.clientHeight * ratio);
    this.board = null;
    if (width < 2 || height < 2) return;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.board = new Board(this.context, this.ground, this.families);
    this.arrange(this.board);
    this.motion = null;
  }

  /** Sends the marks from where they are drawn to their new places. */
  private setOff(now: number): void {
    const { board } = this;
    if (board === null) return;
    const from = this.motion ?? this.places;
    this.arrange(board);
    this.movedAt = now;
    this.motion = null;
    if (this.still.matches) this.stale = true;
    else this.motion = new Motion(from, this.places, this.marks.highest, now);
  }

  private arrange(board: Board): void {
    const { marks, rows } = this;
    this.moved = false;
    this.marks.membersChanged = false;
    this.marks.looksChanged = false;
    if (this.view === "room") {
      this.places = roomPlaces(marks.highest, this.cells, board.width, board.height);
      this.cells = this.places.x.length - 1;
    } else {
      const arranged = this.view === "groups" ? columnPlaces : barPlaces;
      const groupOf = this.answerOf ?? grouping(this.scene, rows, this.facts, marks);
      this.places = arranged(marks, rows.length, groupOf, board.width, board.height);
    }
    this.waveColours = new Int8Array(Math.max(this.cells, marks.highest) + 1).fill(-1);
    this.arranged();
  }

  private drawMotion(board: Board, motion: Motion, now: number): void {
    if (motion.moveTo(now)) {
      this.motion = null;
      board.keepOnly(this.places.cell);
      this.drawAll(board);
      return;
    }
    const { marks } = this;
    marks.takeChanged();
    board.clear();
    if (this.view === "room") this.drawFreePlaces(board);
    const since = this.sinceScene();
    for (let slot = 1; slot <= marks.highest; slot++) {
      const x = motion.x[slot] ?? -1;
      if (!marks.present[slot] || x < 0) continue;
      const size = motion.size[slot] ?? 1;
      const sprite = board
        .sprites(size)
        .get(marks.family[slot] ?? 0, marks.flags[slot] ?? 0, this.colourOf(slot, since));
      board.stampOver(sprite, size, Math.round(x), Math.round(motion.y[slot] ?? 0));
    }
  }

  private drawAll(board: Board): void {
    this.marks.takeChanged();
    board.clear();
    if (this.view === "room") this.drawFreePlaces(board);
    const since = this.sinceScene();
    for (let slot = 1; slot <= this.marks.highest; slot++) {
      if (this.marks.present[slot]) this.stamp(board, slot, this.colourOf(slot, since));
    }
  }

  private drawFreePlaces(board: Board): void {
    const { cell, x, y } = this.places;
    const { place } = board.sprites(cell);
    for (let slot = 1; slot < x.length; slot++) {
      if (!this.marks.present[slot]) board.stamp(place, cell, x[slot] ?? -1, y[slot] ?? -1);
    }
  }

  /** The cells that changed; in a wave also those whose colour the clock has changed. */
  private drawSome(board: Board): void {
    const since = this.sinceScene();
    for (const slot of this.marks.takeChanged()) this.stamp(board, slot, this.colourOf(slot, since));
    if (this.wave === null) return;
    for (let slot = 1; slot <= this.marks.highest; slot++) {
      if (!this.isInWave(slot)) continue;
      const index = waveIndex(this.wave, slot, since);
      if (this.waveColours[slot] === index) continue;
      this.waveColours[slot] = index;
      this.stamp(board, slot, this.colourOf(slot, since));
    }
  }

  private sinceScene(): number {
    return Date.now() + this.clockOffset - (this.scene?.at ?? 0);
  }

  /** In a wave a phone works its colour out from the clock, and so does the wall, for those that said they do. */
  private isInWave(slot: number): boolean {
    const { marks, wave } = this;
    if (wave === null || !marks.present[slot] || !((marks.flags[slot] ?? 0) & SHOWN)) return false;
    // A phone with a colour of its own is not in the wave.
    return this.numbersOf(wave).includes(marks.colour[slot] ?? -1);
  }

  private colourOf(slot: number, since: number): number {
    const { wave } = this;
    const own = this.marks.colour[slot] ?? -1;
    if (wave === null || !this.isInWave(slot)) return own;
    return this.numbersOf(wave)[waveIndex(wave, slot, since)] ?? own;
  }

  private numbers: { wave: Wave; colours: number[] } | null = null;

  /** The wave's colours as numbers, worked out once. */
  private numbersOf(wave: Wave): number[] {
    if (this.numbers?.wave !== wave) {
      this.numbers = { wave, colours: wave.colors.map((one) => Number.parseInt(one.slice(1), 16)) };
    }
    return this.numbers.colours;
  }

  /** Copies a slot's sprite to its cell. */
  private stamp(board: Board, slot: number, colour: number): void {
    const { places, marks } = this;
    const left = places.x[slot] ?? -1;
    if (left < 0) return;
    const sprites = board.sprites(places.cell);
    const away = this.view === "room" ? sprites.place : sprites.blank;
    const sprite = marks.present[slot]
      ? sprites.get(marks.family[slot] ?? 0, marks.flags[slot] ?? 0, colour, slot)
      : away;
    board.stamp(sprite, places.cell, left, places.y[slot] ?? -1);
  }
}
