/** Points and expectations laid out in time: what charts, tiles and tables are made of. */
import type { Expectation, Metric, Point, Source } from "../api/types";
import { isYoung, together, valueOf } from "./metric";

export interface Series {
  source: Source;
  metric: Metric;
  /** Bucket starts, in seconds since 1970; the other columns are as long. */
  times: number[];
  points: (Point | undefined)[];
  value: (number | null)[];
  expected: (number | null)[];
  lower: (number | null)[];
  upper: (number | null)[];
  /** What was judged, where the number says something else by now. */
  first: (number | null)[];
  young: boolean[];
}

export interface Numbers {
  points: Map<string, Point>;
  bands: Map<string, Expectation>;
  times: number[];
}

const key = (source: Source, time: number) => `${source} ${time}`;
const seconds = (moment: string) => Date.parse(moment) / 1000;

/** Files what came by source and time; a bucket that only is expected counts too, so that gaps are seen. */
export function numbersOf(points: readonly Point[], expectations: readonly Expectation[]): Numbers {
  const times = new Set<number>();
  const file = <T extends { source: Source; timestamp: string }>(rows: readonly T[]) => {
    const filed = new Map<string, T>();
    for (const row of rows) {
      times.add(seconds(row.timestamp));
      filed.set(key(row.source, seconds(row.timestamp)), row);
    }
    return filed;
  };
  const found = { points: file(points), bands: file(expectations) };
  return { ...found, times: [...times].sort((a, b) => a - b) };
}

export function seriesOf(numbers: Numbers, source: Source, metric: Metric): Series {
  const points = numbers.times.map((time) => numbers.points.get(key(source, time)));
  const bands = numbers.times.map((time) => numbers.bands.get(key(source, time)));
  const band = bands.map((each) => each?.metrics[metric]);
  return {
    source,
    metric,
    times: numbers.times,
    points,
    value: points.map((point) => valueOf(point, metric)),
    expected: band.map((each) => each?.expected ?? null),
    lower: band.map((each) => each?.lower ?? null),
    upper: band.map((each) => each?.upper ?? null),
    first: bands.map((each) => each?.first[metric] ?? null),
    young: points.map((point) => point !== undefined && isYoung(point, metric)),
  };
}

export interface Summary {
  value: number | null;
  expected: number | null;
  /** value / expected - 1, where both are known. */
  delta: number | null;
  /** The end of what was added up: start of the last bucket, in seconds. */
  last: number | null;
  buckets: number;
}

/** The least share of the known buckets that must have an expectation before a delta is said. */
const ENOUGH = 0.6;

/** Adds up what may be judged; value and expectation are those of the same buckets. */
export function summaryOf(series: Series): Summary {
  const known: [Point, number, number | null, number][] = [];
  series.points.forEach((point, at) => {
    const value = series.value[at] ?? null;
    if (point !== undefined && value !== null && !series.young[at]) {
      known.push([point, value, series.expected[at] ?? null, series.times[at] ?? 0]);
    }
  });
  const judged = known.filter(([, , expected]) => expected !== null);
  const compare = known.length > 0 && judged.length >= ENOUGH * known.length;
  const rows = compare ? judged : known;
  const value = together(series.metric, rows.map(([point, number]) => [point, number] as const));
  const expected = compare
    ? together(series.metric, rows.map(([point, , usual]) => [point, usual ?? 0] as const))
    : null;
  return {
    value,
    expected,
    delta: value !== null && expected !== null && expected > 0 ? value / expected - 1 : null,
    last: rows.at(-1)?.[3] ?? null,
    buckets: rows.length,
  };
}

/** Returns the last `count` buckets that may be judged, or all there are. */
export function tail(series: Series, count: number): Series {
  let end = series.times.length;
  while (end > 1 && (series.value[end - 1] === null || series.young[end - 1])) end -= 1;
  const begin = Math.max(0, end - count);
  const cut = <T>(column: T[]) => column.slice(begin, end);
  return {
    ...series,
    times: cut(series.times),
    points: cut(series.points),
    value: cut(series.value),
    expected: cut(series.expected),
    lower: cut(series.lower),
    upper: cut(series.upper),
    first: cut(series.first),
    young: cut(series.young),
  };
}
