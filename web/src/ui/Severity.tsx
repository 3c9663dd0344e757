import type { Severity as Grave } from "../api/types";
import { useRoom } from "./context";

const MARKS: Record<Grave, string> = { critical: "▲▲", warning: "▲", info: "✓" };

export function Severity({ of }: { of: Grave }) {
  const { words } = useRoom().state;
  return (
    <span class={`severity ${of}`}>
      <span aria-hidden="true">{MARKS[of]}</span> {words.severities[of]}
    </span>
  );
}
