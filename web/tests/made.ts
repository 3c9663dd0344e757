/** Points, expectations and anomalies for tests. */
import type { Anomaly, Expectation, Metric, Point, Source } from "../src/api/types";

export const HOUR = 3_600_000;
export const START = Date.UTC(2026, 0, 29);

export function moment(hour: number): string {
  return new Date(START + hour * HOUR).toISOString();
}

export function point(hour: number, data: Partial<Point["data"]>, more: Partial<Point> = {}): Point {
  const known = Object.keys(data) as Metric[];
  const none = { spend: 0, revenue: 0, roas: 0, cac: 0, ctr: 0, cpc: 0, conversions: 0 };
  return {
    id: `metric_aurora_meta_${hour}`,
    brandId: "aurora",
    source: "meta",
    timestamp: moment(hour),
    data: { ...none, ...data },
    period: "hourly",
    unavailable: (Object.keys(none) as Metric[]).filter((each) => !known.includes(each)),
    volume: {},
    currency: "BRL",
    complete: true,
    maturity: Object.fromEntries(known.map((each) => [each, "usable"])),
    flags: [],
    fetchedAt: moment(hour + 1),
    revision: 1,
    sources: [],
    ...more,
  };
}

export function expected(hour: number, metric: Metric, value: number, source: Source = "meta"): Expectation {
  return {
    source,
    period: "hourly",
    timestamp: moment(hour),
    metrics: { [metric]: { expected: value, lower: value * 0.7, upper: value * 1.3 } },
    first: {},
  };
}

export function anomaly(hour: number, more: Partial<Anomaly> = {}): Anomaly {
  const metric = more.metricType ?? "cpc";
  const source = more.source ?? "meta";
  const id = `an_metric_aurora_${source}_${hour}_${metric}`;
  return {
    id,
    brandId: "aurora",
    metricType: metric,
    severity: "critical",
    detectedAt: moment(hour + 1),
    valueAtDetection: 3,
    expectedValue: 2,
    deviationPercentage: 50,
    status: "new",
    source,
    period: "hourly",
    cause: `${source}.bought`,
    explanation: { total: 1, parts: [{ source, driver: "cpc", amount: 1, before: 2, after: 3 }] },
    metricId: `metric_aurora_${source}_${hour}`,
    timestamp: moment(hour),
    direction: "adverse",
    threshold: 30,
    currency: "BRL",
    insightState: "done",
    rule: "percent",
    sigmas: 7,
    strength: 0.4,
    incidentId: id,
    told: true,
    moneyAtRisk: { amount: 100, currency: "BRL" },
    ...more,
  };
}
