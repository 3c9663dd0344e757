/** Light or dark, and other choices of this reader that belong in no link. */
const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export function theme(): Theme {
  const kept = recalled("theme");
  return THEMES.find((each) => each === kept) ?? "system";
}

const dark = matchMedia("(prefers-color-scheme: dark)");

/** Puts on the chosen light, and goes on following the system's where that was chosen. */
export function wearTheme(): void {
  applyTheme();
  dark.addEventListener("change", applyTheme);
}

function applyTheme(): void {
  const now = theme();
  document.documentElement.dataset.theme = now === "system" ? (dark.matches ? "dark" : "light") : now;
}

export function nextTheme(): Theme {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length] ?? "system";
  remember("theme", next);
  applyTheme();
  return next;
}

export function recalled(name: string): string | null {
  try {
    return localStorage.getItem(`war-room.${name}`);
  } catch {
    return null; // a browser that keeps nothing
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`war-room.${name}`, value);
  } catch {
    // It holds until the page is closed.
  }
}
