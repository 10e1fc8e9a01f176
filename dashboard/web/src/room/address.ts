/** The room in a page's address: `/j/DEMO`, `/stage/DEMO`, `/present/DEMO`. */

/** The room code, or null when the path has none. */
export function roomInPath(path: string): string | null {
  const part = /^\/(?:j|stage|present)\/([^/?#]+)/.exec(path)?.[1];
  if (part === undefined) return null;
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** A code as people type it, as the room writes it: no blanks, upper case; null when it can be no code. */
export function typedCode(text: string): string | null {
  const code = text.replace(/[\s-]/g, "").toUpperCase();
  return /^[A-Z0-9]{1,32}$/.test(code) ? code : null;
}
