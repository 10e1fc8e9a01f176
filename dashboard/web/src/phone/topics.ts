/** The topics of one phone. docs/architecture.md, "A phone's shadows". */

export const classic = (thing: string): string => `$aws/things/${thing}/shadow`;
export const ballot = (thing: string): string => `${classic(thing)}/name/ballot`;
export const presence = (room: string, thing: string): string => `room/${room}/presence/${thing}`;
export const scene = (room: string): string => `room/${room}/scene`;
export const poll = (room: string): string => `room/${room}/poll`;
export const notice = (room: string): string => `room/${room}/notice`;

/**
 * Everything that a phone hears, its own shadows first: then no answer can be missed. That its own report was
 * accepted, thousands of times at once in a hall, it need not hear.
 */
export function filters(room: string, thing: string): string[] {
  const own = [
    { shadow: classic(thing), accepted: "get" },
    { shadow: ballot(thing), accepted: "+" },
  ].flatMap(({ shadow, accepted }) => [
    `${shadow}/update/delta`,
    `${shadow}/${accepted}/accepted`,
    `${shadow}/+/rejected`,
  ]);
  return [...own, scene(room), poll(room), notice(room)];
}
