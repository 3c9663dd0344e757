import { useState } from "preact/hooks";
import { nextTheme, theme, type Theme } from "../core/theme";
import { useRoom } from "./context";

const MARKS: Record<Theme, string> = { system: "◐", light: "☼", dark: "☾" };

export function ThemeButton() {
  const { words } = useRoom().state;
  const [now, setNow] = useState(theme());
  return (
    <button type="button" class="quiet icon" aria-label={words.themes[now]} title={words.themes[now]} onClick={() => setNow(nextTheme())}>
      {MARKS[now]}
    </button>
  );
}
