/** A band chart behind four methods, so that the library can be another one: set, point, resize, destroy. */
import uPlot from "uplot";
import type { Series } from "../core/series";

export interface Mark {
  time: number;
  adverse: boolean;
  selected: boolean;
}

export interface Frame {
  series: Series;
  marks: Mark[];
  /** Length of a bucket, in seconds. */
  step: number;
}

export interface Labels {
  value(value: number): string;
  time(at: number): string;
  zone: string;
}

export interface Chart {
  set(frame: Frame, labels: Labels): void;
  /** Moves the cursor to a bucket by its place; null takes it away. */
  point(at: number | null): void;
  resize(width: number, height: number): void;
  destroy(): void;
}

export interface Options {
  /** Charts of one group move their cursors together. */
  group: string;
  compact: boolean;
  pointed(at: number | null): void;
  clicked(at: number): void;
}

const WIDEST = 1.9;
const AXIS_FONT = '11px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

interface Ink {
  line: string;
  band: string;
  expected: string;
  grid: string;
  axis: string;
  hatch: string;
  bad: string;
  good: string;
  surface: string;
  restated: string;
}

export function mount(root: HTMLElement, options: Options): Chart {
  let plot: uPlot | null = null;
  let frame: Frame | null = null;
  let labels: Labels | null = null;
  let size = { width: Math.max(root.clientWidth, 80), height: Math.max(root.clientHeight, 60) };
  let ink = inkOf(root);
  const repaint = () => {
    ink = inkOf(root);
    plot?.redraw(false);
  };
  const watcher = new MutationObserver(repaint);
  watcher.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });

  const build = () => {
    const stroke = (name: keyof Ink) => () => ink[name];
    const invisible = { stroke: "transparent", points: { show: false } };
    return new uPlot(
      {
        ...size,
        padding: options.compact ? [8, 8, 0, 0] : [14, 14, 0, 0],
        legend: { show: false },
        cursor: {
          sync: { key: options.group, setSeries: false },
          drag: { x: false, y: false },
          points: { size: 7, fill: (_, n) => (n === 4 || n === 5 ? ink.line : "transparent"), stroke: () => "transparent" },
          y: false,
          focus: { prox: -1 },
        },
        tzDate: (at) => uPlot.tzDate(new Date(at * 1000), labels?.zone ?? "UTC"),
        scales: {
          x: { time: true },
          y: { range: (_, low, high) => rangeOf(low, high, frame) },
        },
        axes: [
          {
            stroke: stroke("axis"),
            grid: { show: false },
            ticks: { show: false },
            font: AXIS_FONT,
            size: 26,
            space: options.compact ? 70 : 80,
            values: (_, splits) => splits.map((at) => labels?.time(at * 1000) ?? ""),
          },
          {
            stroke: stroke("axis"),
            grid: { stroke: stroke("grid"), width: 1 },
            ticks: { show: false },
            font: AXIS_FONT,
            size: options.compact ? 62 : 66,
            space: options.compact ? 34 : 44,
            values: (_, splits) => splits.map((value) => labels?.value(value) ?? ""),
          },
        ],
        series: [
          {},
          { ...invisible, label: "upper" },
          { ...invisible, label: "lower" },
          { label: "expected", stroke: stroke("expected"), width: 1, dash: [3, 4], points: { show: false } },
          { label: "value", stroke: stroke("line"), width: options.compact ? 1.5 : 2, points: { show: false } },
          { label: "young", stroke: stroke("line"), width: 1.5, dash: [2, 3], points: { show: false } },
        ],
        bands: [{ series: [1, 2], fill: () => ink.band }],
        hooks: {
          drawClear: [(u) => frame && hatch(u, frame, ink)],
          draw: [(u) => frame && marks(u, frame, ink, options.compact)],
          setCursor: [(u) => options.pointed(u.cursor.idx ?? null)],
        },
      },
      frame ? columns(frame) : [[]],
      root,
    );
  };

  const click = () => {
    const at = plot?.cursor.idx;
    if (typeof at === "number") options.clicked(at);
  };
  root.addEventListener("click", click);

  return {
    set(next, said) {
      [frame, labels] = [next, said];
      if (plot) plot.setData(columns(next));
      else plot = build();
    },
    point(at) {
      if (!plot || !frame) return;
      if (at === null) return plot.setCursor({ left: -10, top: -10 });
      const time = frame.series.times[at];
      if (time !== undefined) plot.setCursor({ left: plot.valToPos(time, "x"), top: plot.over.clientHeight / 2 });
    },
    resize(width, height) {
      size = { width, height };
      plot?.setSize(size);
    },
    destroy() {
      root.removeEventListener("click", click);
      watcher.disconnect();
      plot?.destroy();
    },
  };
}

/** A number that is still young is drawn dotted, from the last one that is not. */
function columns({ series }: Frame): uPlot.AlignedData {
  const firm = series.value.map((value, at) => (series.young[at] ? null : value));
  const young = series.value.map((value, at) =>
    series.young[at] || (series.young[at + 1] && series.value[at + 1] !== null) ? value : null,
  );
  return [series.times, series.upper, series.lower, series.expected, firm, young];
}

/** A band that is much wider than what happens in it is cut off rather than flattening the line. */
function rangeOf(low: number | null, high: number | null, frame: Frame | null): uPlot.Range.MinMax {
  const inside = Math.max(0, ...[...(frame?.series.value ?? []), ...(frame?.series.expected ?? [])].map((each) => each ?? 0));
  const most = inside > 0 ? Math.min(high ?? 0, inside * WIDEST) : (high ?? 0);
  const top = most <= 0 ? 1 : most * 1.06;
  return [low !== null && low < 0 ? low * 1.06 : 0, top];
}

function hatch(u: uPlot, { series, step }: Frame, ink: Ink): void {
  const { ctx, bbox } = u;
  const x = (time: number) => u.valToPos(time, "x", true);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.setLineDash([]);
  ctx.strokeStyle = ink.hatch;
  ctx.lineWidth = devicePixelRatio;
  const gap = 7 * devicePixelRatio;
  series.times.forEach((time, at) => {
    if (!series.young[at]) return;
    const left = x(time - step / 2);
    const right = x(time + step / 2);
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, right - left, bbox.height);
    ctx.clip();
    ctx.beginPath();
    const begin = Math.floor((left - bbox.height) / gap) * gap;
    for (let from = begin; from < right; from += gap) {
      ctx.moveTo(from, bbox.top + bbox.height);
      ctx.lineTo(from + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  });
  ctx.restore();
}

function marks(u: uPlot, { series, marks: marked }: Frame, ink: Ink, compact: boolean): void {
  const { ctx } = u;
  const dot = (compact ? 3 : 4.5) * devicePixelRatio;
  ctx.save();
  ctx.setLineDash([]);
  series.first.forEach((first, at) => {
    const [time, value] = [series.times[at], series.value[at]];
    if (first === null || time === undefined || value === null || value === undefined || compact) return;
    const x = u.valToPos(time, "x", true);
    ctx.strokeStyle = ink.restated;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, u.valToPos(first, "y", true));
    ctx.lineTo(x, u.valToPos(value, "y", true));
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, u.valToPos(first, "y", true), 2.5 * devicePixelRatio, 0, 7);
    ctx.fillStyle = ink.surface;
    ctx.fill();
    ctx.stroke();
  });
  for (const mark of marked) {
    const at = series.times.indexOf(mark.time);
    const value = series.value[at];
    if (at < 0 || value === null || value === undefined) continue;
    const [x, y] = [u.valToPos(mark.time, "x", true), u.valToPos(value, "y", true)];
    ctx.beginPath();
    ctx.arc(x, y, mark.selected ? dot * 1.5 : dot, 0, 7);
    ctx.fillStyle = mark.adverse ? ink.bad : ink.good;
    ctx.fill();
    ctx.lineWidth = 2 * devicePixelRatio;
    ctx.strokeStyle = ink.surface;
    ctx.stroke();
  }
  ctx.restore();
}

function inkOf(root: HTMLElement): Ink {
  const style = getComputedStyle(root);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    line: colour("line-ink"),
    band: colour("band"),
    expected: colour("expected"),
    grid: colour("grid"),
    axis: colour("muted"),
    hatch: colour("hatch"),
    bad: colour("bad"),
    good: colour("good"),
    surface: colour("surface"),
    restated: colour("restated"),
  };
}
