/** Colours as the room speaks of them: `#RRGGBB`. Pure. */

const HEX = /^#?([0-9a-f]{6})$/i;
const SHORT = /^#?([0-9a-f])([0-9a-f])([0-9a-f])$/i;

/** `#RRGGBB` in upper case, or null for anything that is not a colour. */
export function colour(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const long = HEX.exec(value.trim())?.[1];
  if (long !== undefined) return `#${long.toUpperCase()}`;
  const short = SHORT.exec(value.trim());
  return short === null ? null : colour(`${short[1]}${short[1]}${short[2]}${short[2]}${short[3]}${short[3]}`);
}

/** WCAG relative luminance, 0 to 1. */
export function luminance(hex: string): number {
  const value = Number.parseInt(hex.replace("#", ""), 16);
  const channel = (shift: number): number => {
    const part = ((value >> shift) & 0xff) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0);
}

export const DARK_INK = "#0B1020";
export const LIGHT_INK = "#FFFFFF";

/** WCAG contrast of two colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** The ink that is read best on a ground: at least 4.2 to 1 whatever the ground. */
export function inkOn(ground: string): string {
  return contrast(ground, DARK_INK) >= contrast(ground, LIGHT_INK) ? DARK_INK : LIGHT_INK;
}
