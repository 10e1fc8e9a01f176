/** The presenter's token: taken out of the address bar at once, kept for this tab alone. */

const key = (room: string): string => `shadowroom.presenter.${room}`;

/** The token in a fragment such as `#token=abc`, or null. */
export function tokenInFragment(fragment: string): string | null {
  return new URLSearchParams(fragment.replace(/^#/, "")).get("token") || null;
}

/** The token in what somebody pastes: the whole link, or the token alone; empty when there is none. */
export function tokenIn(pasted: string): string {
  const text = pasted.trim();
  const hash = text.indexOf("#");
  return hash < 0 ? text : (tokenInFragment(text.slice(hash)) ?? "");
}

export function takeToken(room: string): string | null {
  const given = tokenInFragment(location.hash);
  try {
    if (given === null) return sessionStorage.getItem(key(room));
    sessionStorage.setItem(key(room), given);
  } catch {
    // Without storage the token must stay in the address, or a reload would lose it.
    return given;
  }
  history.replaceState(null, "", location.pathname + location.search);
  return given;
}
