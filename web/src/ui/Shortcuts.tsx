/** Keys for those whose hands stay on them; single keys can be switched off (WCAG 2.1.4). */
import { useEffect } from "preact/hooks";
import { recalled } from "../core/theme";
import { useRoom } from "./context";
import { listed } from "./Inbox";
import { opened } from "./sentence";

const ACTS = { i: "investigating", s: "resolved", x: "ignored" } as const;

export function Shortcuts() {
  const room = useRoom();
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { view, person } = room.state;
      const target = event.target as HTMLElement;
      if (event.key === "Escape" && view.panel !== null) return room.go({ panel: null });
      if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
      if (!person || view.panel !== null || recalled("keys") === "off") return;
      const found = listed(room);
      const at = found.findIndex((each) => each.id === (focused() ?? view.anomaly));
      const move = (to: number) => {
        const next = found[Math.min(found.length - 1, Math.max(0, to))];
        if (next) document.querySelector<HTMLElement>(`[data-alert="${next.id}"]`)?.focus();
      };
      const act = ACTS[event.key as keyof typeof ACTS];
      const here = found[at];
      if (event.key === "/") document.getElementById("search")?.focus();
      else if (event.key === "j") move(at + 1);
      else if (event.key === "k") move(at - 1);
      else if (event.key === "[") room.shift(-1);
      else if (event.key === "]" && view.from !== null) room.shift(1);
      else if (event.key === "?") room.go({ panel: "help" });
      else if (event.key === "o" && here) opened(room, here);
      else if (event.key === "z" && here) void room.snooze([here.id]);
      else if (act && here) void room.setStatus([here.id], act);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [room]);
  return null;
}

function focused(): string | null {
  return document.activeElement?.getAttribute("data-alert") ?? null;
}
