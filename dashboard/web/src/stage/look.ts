/** How a mark looks in a state: pure rules, so that the wall and its legend speak the same language. */

import { CONNECTED, SHOWN, SIMULATED, VISIBLE } from "../feed/room";
import { NO_COLOUR } from "./marks";

export interface Look {
  /** 0xRRGGBB. */
  colour: number;
  /** Filled when the phone has reported the current scene, hollow before. */
  filled: boolean;
  /** 35 % for a phone that is asleep or away. */
  dim: boolean;
  simulated: boolean;
}

/** A mark without a colour. */
export const NEUTRAL = 0x8c97b3;
/** Colours as dark as the ground would vanish: a black phone is drawn in this, hollow. */
const UNLIT = 0x39435f;
const DARKEST = 0x18;

const isDark = (colour: number): boolean =>
  ((colour >> 16) & 0xff) < DARKEST && ((colour >> 8) & 0xff) < DARKEST && (colour & 0xff) < DARKEST + 8;

/** The look of a mark that shows `colour` (or `NO_COLOUR`) with the feed's flags. */
export function lookOf(flags: number, colour: number): Look {
  const awake = CONNECTED | VISIBLE;
  const dark = colour !== NO_COLOUR && isDark(colour);
  return {
    colour: colour === NO_COLOUR ? NEUTRAL : dark ? UNLIT : colour,
    filled: (flags & SHOWN) !== 0 && !dark,
    dim: (flags & awake) !== awake,
    simulated: (flags & SIMULATED) !== 0,
  };
}
