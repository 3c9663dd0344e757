/** Anomalies that belong together, and the money behind them. */
import type { Anomaly, Metric } from "../api/types";
import type { Format } from "./format";

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
const QUARTER = HOUR / 4;
const SOON = 6 * HOUR;
const MORNING = "09:00";
const BUCKET = { hourly: HOUR, daily: 24 * HOUR, weekly: 7 * 24 * HOUR } as const;
const NEAREST: readonly Metric[] = ["cpc", "ctr", "spend", "conversions", "revenue", "roas", "cac"];
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

/** Says whether an alert was put off until later. */
export function isSnoozed({ snoozedUntil }: Anomaly, now: number): boolean {
  return snoozedUntil !== undefined && Date.parse(snoozedUntil) > now;
}

/** Returns the next nine o'clock of the brand that is some hours away: when digests are read too. */
export function morningAfter(now: number, format: Format): number {
  let at = Math.ceil((now + SOON) / QUARTER) * QUARTER;
  while (format.clock(at) !== MORNING) at += QUARTER;
  return at;
}

export interface Incidents {
  /** The dearest first. */
  awake: Incident[];
  asleep: Incident[];
}

/**
 * Groups open adverse anomalies as the Sentry did.
 *
 * What was put off sleeps until its time, or until it gets worse: then people are told of an anomaly
 * that nobody has put off.
 */
export function incidentsOf(anomalies: readonly Anomaly[], now: number): Incidents {
  const groups = new Map<string, Anomaly[]>();
  for (const anomaly of anomalies) {
    if (!isOpen(anomaly) || anomaly.direction !== "adverse") continue;
    const group = groups.get(anomaly.incidentId);
    if (group) group.push(anomaly);
    else groups.set(anomaly.incidentId, [anomaly]);
  }
  const found = [...groups.entries()]
    .map(([id, members]) => incident(id, members))
    .sort((a, b) => b.risk - a.risk || b.until - a.until);
  const sleeps = ({ members }: Incident) =>
    members.some((each) => isSnoozed(each, now)) && members.every((each) => isSnoozed(each, now) || !each.told);
  return { awake: found.filter((each) => !sleeps(each)), asleep: found.filter(sleeps) };
}

function gravest(anomalies: readonly Anomaly[]): Anomaly[] {
  const most = Math.min(...anomalies.map((each) => RANK[each.severity]));
  return anomalies.filter((each) => RANK[each.severity] === most);
}

/** Puts what ends first before what ends later; of one bucket, what lies nearest to its driver comes first. */
function inOrder(a: Anomaly, b: Anomaly): number {
  const blended = (each: Anomaly) => (each.source === "aggregated" ? 1 : 0);
  return (
    spanOf(a)[1] - spanOf(b)[1] ||
    BUCKET[a.period] - BUCKET[b.period] ||
    blended(a) - blended(b) ||
    NEAREST.indexOf(a.metricType) - NEAREST.indexOf(b.metricType)
  );
}

/**
 * What people heard of last speaks, the gravest first, and the source itself before the sum of all: as in
 * the messages.
 */
function incident(id: string, members: Anomaly[]): Incident {
  const ranked = [...members].sort(inOrder);
  const told = ranked.filter((each) => each.told);
  const heard = gravest(told.length > 0 ? told : ranked).at(-1) as Anomaly;
  const own = ranked.find((each) => each.source !== "aggregated" && each.severity === heard.severity);
  const lead = heard.source === "aggregated" ? (own ?? heard) : heard;
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
