/** Anomalies that belong together, and the money behind them. */
import type { Anomaly } from "../api/types";

export interface Incident {
  id: string;
  /** The one that speaks for the others. */
  lead: Anomaly;
  members: Anomaly[];
  risk: number;
  currency: string;
  since: number;
  until: number;
}

const HOUR = 3_600_000;
const BUCKET = { hourly: HOUR, daily: 24 * HOUR, weekly: 7 * 24 * HOUR } as const;
const RANK = { critical: 0, warning: 1, info: 2 } as const;

export function isOpen(anomaly: Anomaly): boolean {
  return anomaly.status === "new" || anomaly.status === "investigating";
}

/** Returns the hours that an anomaly speaks of, as [start, end) in milliseconds. */
export function spanOf(anomaly: Anomaly): [number, number] {
  const start = Date.parse(anomaly.timestamp);
  const end = start + BUCKET[anomaly.period];
  return [Math.min(start, end - (anomaly.windowHours ?? 1) * HOUR), end];
}

/**
 * Returns the money at risk of anomalies of one currency.
 *
 * Each one's money is spread over its hours; of several that speak of one hour the dearest counts, for
 * they speak of one loss. The backtest counts in the same way.
 */
export function riskOf(anomalies: readonly Anomaly[]): number {
  const dearest = new Map<number, number>();
  for (const anomaly of anomalies) {
    const amount = anomaly.direction === "adverse" ? (anomaly.moneyAtRisk?.amount ?? 0) : 0;
    if (amount <= 0) continue;
    const [start, end] = spanOf(anomaly);
    const hours = Math.max(1, Math.round((end - start) / HOUR));
    for (let hour = start; hour < end; hour += HOUR) dearest.set(hour, Math.max(dearest.get(hour) ?? 0, amount / hours));
  }
  return [...dearest.values()].reduce((sum, each) => sum + each, 0);
}

/** Groups open adverse anomalies, the dearest first. */
export function incidentsOf(anomalies: readonly Anomaly[]): Incident[] {
  const groups = new Map<string, Anomaly[]>();
  for (const anomaly of anomalies) {
    if (!isOpen(anomaly) || anomaly.direction !== "adverse") continue;
    const group = groups.get(anomaly.incidentId);
    if (group) group.push(anomaly);
    else groups.set(anomaly.incidentId, [anomaly]);
  }
  return merged([...groups.entries()].map(([id, members]) => incident(id, members))).sort(
    (a, b) => b.risk - a.risk || b.until - a.until,
  );
}

/**
 * Joins what one shock shows as: a source's metrics follow from each other, and the sum of all sources
 * shows what one of them did. The source speaks, and of its metrics the dearest.
 */
function merged(found: Incident[]): Incident[] {
  const left: Incident[] = [];
  const own = (each: Incident) => (each.lead.source === "aggregated" ? 1 : 0);
  for (const each of [...found].sort((a, b) => own(a) - own(b) || b.risk - a.risk)) {
    const at = left.findIndex((other) => areOne(each, other));
    const other = left[at];
    if (other) left[at] = incident(other.id, [...other.members, ...each.members]);
    else left.push(each);
  }
  return left;
}

function areOne(a: Incident, b: Incident): boolean {
  const metrics = new Set(b.members.map((each) => each.metricType));
  const overlap = a.since < b.until && b.since < a.until;
  const blended = a.lead.source === "aggregated" || b.lead.source === "aggregated";
  return overlap && (a.lead.source === b.lead.source || (blended && a.members.some((each) => metrics.has(each.metricType))));
}

function incident(id: string, members: Anomaly[]): Incident {
  const risk = (each: Anomaly) => each.moneyAtRisk?.amount ?? 0;
  const blended = (each: Anomaly) => (each.source === "aggregated" ? 1 : 0);
  const ranked = [...members].sort(
    (a, b) =>
      RANK[a.severity] - RANK[b.severity] ||
      blended(a) - blended(b) ||
      risk(b) - risk(a) ||
      Date.parse(b.timestamp) - Date.parse(a.timestamp),
  );
  const lead = ranked[0] as Anomaly;
  const spans = members.map(spanOf);
  // A day's window that has trouble in it began before the trouble did: the shortest tell since when.
  const shortest = Math.min(...spans.map(([start, end]) => end - start));
  return {
    id,
    lead,
    members,
    risk: riskOf(members),
    currency: lead.currency,
    since: Math.min(...spans.filter(([start, end]) => end - start === shortest).map(([start]) => start)),
    until: Math.max(...spans.map(([, end]) => end)),
  };
}
