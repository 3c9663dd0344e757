/** Light or dark, and other choices of this reader that belong in no link. */
const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export function theme(): Theme {
  const kept = recalled("theme");
  return THEMES.find((each) => each === kept) ?? "system";
}

export function applyTheme(): void {
  const now = theme();
  if (now === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = now;
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
