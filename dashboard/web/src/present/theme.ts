/** Light or dark, as this browser was told before, else as the machine is. */

export type Theme = "light" | "dark";

const KEY = "shadowroom.presenter-theme";

export const otherTheme = (theme: Theme): Theme => (theme === "light" ? "dark" : "light");

export function theme(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === "light" || kept === "dark") return kept;
  } catch {
    // Without storage the machine decides.
  }
  return matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
}

/** Shows the page in this theme, and keeps it for the next time. */
export function setTheme(next: Theme): Theme {
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // The next start is as the machine is.
  }
  return next;
}
