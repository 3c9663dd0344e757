/** Fourteen points in their band, small enough for a tile. */
import type { Series } from "../core/series";

const WIDTH = 112;
const HEIGHT = 30;
const PAD = 3;

export function Spark({ series, label }: { series: Series; label: string }) {
  const known = [...series.value, ...series.upper, ...series.lower].filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const x = (at: number) => PAD + (at / Math.max(1, series.times.length - 1)) * (WIDTH - 2 * PAD);
  const y = (value: number) => HEIGHT - PAD - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * PAD);
  const place = (at: number, value: number) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`;
  const edge = (column: (number | null)[]) => column.flatMap((value, at) => (value === null ? [] : [place(at, value)]));
  const band = [...edge(series.upper), ...edge(series.lower).reverse()].join(" ");
  const last = series.value.findLastIndex((value) => value !== null);
  const lastValue = series.value[last] ?? null;
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label} preserveAspectRatio="none">
      {band !== "" && <polygon class="spark-band" points={band} />}
      <path class="spark-line" d={lineOf(series.value, place)} />
      {lastValue !== null && <path class="spark-dot" d={`M${place(last, lastValue)}h0`} />}
    </svg>
  );
}

/** A gap ends a stroke, and begins another. */
function lineOf(column: (number | null)[], place: (at: number, value: number) => string): string {
  let pen = false;
  return column
    .map((value, at) => {
      const command = value === null ? "" : `${pen ? "L" : "M"}${place(at, value)}`;
      pen = value !== null;
      return command;
    })
    .join("");
}
