/** What a metric is: which way is good, what it divides by what, and how buckets of it make one number. */
import type { Metric, Point } from "../api/types";

export type Good = "up" | "down" | "neither";

/** Spending more is as little wanted as spending less. */
export const GOOD: Record<Metric, Good> = {
  spend: "neither",
  revenue: "up",
  roas: "up",
  cac: "down",
  conversions: "up",
  ctr: "up",
  cpc: "down",
};

export type Kind = "money" | "share" | "ratio" | "count";

export const KIND: Record<Metric, Kind> = {
  spend: "money",
  revenue: "money",
  roas: "ratio",
  cac: "money",
  conversions: "count",
  ctr: "share",
  cpc: "money",
};

/** What a ratio divides by; amounts are added up. */
const UNDER: Partial<Record<Metric, (point: Point) => number | null>> = {
  roas: (point) => valueOf(point, "spend"),
  cac: (point) => valueOf(point, "conversions"),
  ctr: (point) => point.volume.impressions ?? null,
  cpc: (point) => point.volume.clicks ?? null,
};

/** Returns a point's number; null where nobody knows it, which is never 0. */
export function valueOf(point: Point | undefined, metric: Metric): number | null {
  return point === undefined || point.unavailable.includes(metric) ? null : point.data[metric];
}

/** Says whether a number may still grow because its bucket is open or its source is late. */
export function isYoung(point: Point, metric: Metric): boolean {
  const said = point.maturity[metric];
  return said === undefined ? !point.complete : said === "fresh";
}

/** Adds up pairs of (point, number): amounts are summed, ratios weighed with what they divide by. */
export function together(metric: Metric, pairs: readonly (readonly [Point, number])[]): number | null {
  if (pairs.length === 0) return null;
  const under = UNDER[metric];
  if (under === undefined) return pairs.reduce((sum, [, value]) => sum + value, 0);
  let [over, weight] = [0, 0];
  for (const [point, value] of pairs) {
    const part = under(point) ?? 0;
    over += value * part;
    weight += part;
  }
  return weight > 0 ? over / weight : null;
}

export function isGood(metric: Metric, rising: boolean): boolean {
  return GOOD[metric] !== "neither" && (GOOD[metric] === "up") === rising;
}
