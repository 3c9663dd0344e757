/** How fresh a source is, as one word. */
import { PLATFORM_OF, type Source } from "../api/types";
import type { Config, Freshness } from "../data/backend";

export type State = "off" | "dead" | "trouble" | "stale" | "waiting" | "maturing" | "fresh";

const PASSING = ["rate_limited", "platform_unavailable"];

/** From here on a source is so late that its newest hours are still filling up. */
const MATURING_MS = 2 * 3_600_000;

export interface Known {
  source: keyof typeof PLATFORM_OF;
  state: State;
  ageMs: number | null;
  problem: string | null;
  nextAttemptAt: number | null;
}

export function knownOf(
  source: keyof typeof PLATFORM_OF,
  config: Config | null,
  freshness: readonly Freshness[],
  now: number,
): Known {
  const connection = config?.connections.find((each) => each.platform === PLATFORM_OF[source]);
  const fresh = freshness.find((each) => each.source === (source as Source));
  const ageMs = fresh?.dataUntil == null ? null : Math.max(0, now - fresh.dataUntil);
  const problem = fresh?.problem ?? connection?.problem ?? null;
  const known = { source, ageMs, problem, nextAttemptAt: fresh?.nextAttemptAt ?? null };
  return { ...known, state: state() };

  function state(): State {
    if (connection === undefined || connection.status === "disconnected") return "off";
    if (problem !== null && !PASSING.includes(problem)) return "dead";
    if (problem !== null) return "trouble";
    if (fresh?.staleAt != null && now >= fresh.staleAt) return "stale";
    if (ageMs === null) return "waiting";
    return ageMs > MATURING_MS ? "maturing" : "fresh";
  }
}
