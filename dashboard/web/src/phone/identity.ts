/**
 * Where a phone keeps its token: localStorage, a cookie and the address bar's fragment.
 *
 * A captive portal's window has no lasting storage, a private tab loses it, and some browsers throw when it is
 * touched; so there are three places, and each may fail. The fragment comes last: a link that someone passed on must
 * not turn a phone that is already in the room into somebody else.
 */

const YEAR_S = 365 * 24 * 3_600;

const key = (room: string): string => `shadowroom.token.${room}`;
const cookieName = (room: string): string => `sr_${room}`;

function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}

export function recall(name: string): string | null {
  return attempt(() => localStorage.getItem(name));
}

export function store(name: string, value: string | null): void {
  attempt(() => (value === null ? localStorage.removeItem(name) : localStorage.setItem(name, value)));
}

function fromCookie(room: string): string | null {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${cookieName(room)}=`));
  return found === undefined ? null : decodeURIComponent(found.slice(cookieName(room).length + 1));
}

/** The value of `name` in a fragment such as `#t=abc&x=1`. */
export function inFragment(fragment: string, name: string): string | null {
  for (const part of fragment.replace(/^#/, "").split("&")) {
    if (part.startsWith(`${name}=`)) return attempt(() => decodeURIComponent(part.slice(name.length + 1)));
  }
  return null;
}

/** The token of this phone in `room`, or null when it was never here or forgot. */
export function readToken(room: string): string | null {
  return recall(key(room)) || attempt(() => fromCookie(room)) || inFragment(location.hash, "t") || null;
}

export function keepToken(room: string, token: string): void {
  store(key(room), token);
  attempt(() => {
    const path = `/j/${encodeURIComponent(room)}`;
    const value = encodeURIComponent(token);
    document.cookie = `${cookieName(room)}=${value}; path=${path}; max-age=${YEAR_S}; samesite=lax`;
  });
  attempt(() => {
    const address = `${location.pathname}${location.search}#t=${encodeURIComponent(token)}`;
    history.replaceState(history.state, "", address);
  });
}

/** Nothing of this phone's place in `room` stays in this browser. */
export function forgetToken(room: string): void {
  store(key(room), null);
  attempt(() => {
    document.cookie = `${cookieName(room)}=; path=/j/${encodeURIComponent(room)}; max-age=0; samesite=lax`;
  });
  attempt(() => history.replaceState(history.state, "", `${location.pathname}${location.search}`));
}
