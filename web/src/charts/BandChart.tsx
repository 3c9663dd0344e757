/** A band chart for everybody: drawn, walked through by keys, and a table. */
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import type { Period } from "../api/types";
import type { Format } from "../core/format";
import type { Series } from "../core/series";
import { useRoom } from "../ui/context";
import { mount, type Chart, type Mark } from "./chart";
import { Table } from "./Table";

interface Props {
  series: Series;
  marks: Mark[];
  period: Period;
  title: string;
  compact?: boolean;
  /** An alert's bucket was chosen. */
  chosen?: (time: number) => void;
}

const STEP_S: Record<Period, number> = { hourly: 3_600, daily: 86_400, weekly: 604_800 };

export function BandChart({ series, marks, period, title, compact = false, chosen }: Props) {
  const room = useRoom();
  const { words, format } = room.state;
  const root = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const [walked, setWalked] = useState(false);
  const help = useId();
  const click = useRef<(at: number) => void>(() => undefined);
  click.current = (place) => {
    const time = series.times[place];
    if (time !== undefined && marks.some((mark) => mark.time === time)) chosen?.(time);
  };

  useEffect(() => {
    const element = root.current;
    if (element === null) return;
    const made = mount(element, { group: "room", compact, pointed: setAt, clicked: (place) => click.current(place) });
    chart.current = made;
    const watcher = new ResizeObserver(() => made.resize(element.clientWidth, element.clientHeight));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.destroy();
    };
  }, [compact]);

  useEffect(() => {
    chart.current?.set({ series, marks, step: STEP_S[period] }, labelsOf(series, format, period));
  }, [series, marks, period, format]);

  const walk = (event: KeyboardEvent) => {
    const last = series.times.length - 1;
    const from = at ?? last;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last }[event.key];
    if (event.key === "Enter" && at !== null) click.current(at);
    if (to === undefined) return;
    event.preventDefault();
    setWalked(true);
    chart.current?.point(Math.min(last, Math.max(0, to)));
  };

  const shown = at ?? lastKnown(series);
  const said = useMemo(
    () => sayingOf(series, marks, shown, format, period, words, compact),
    [series, marks, shown, format, period, words, compact],
  );
  return (
    <figure class={compact ? "chart compact" : "chart"}>
      <figcaption>
        <span class="chart-title">{title}</span>
        <span class="readout" aria-live={walked ? "polite" : "off"}>
          {said}
        </span>
      </figcaption>
      <div
        ref={root}
        class="plot"
        role="group"
        tabIndex={0}
        aria-label={`${title}. ${words.chartHelp}`}
        aria-describedby={help}
        onKeyDown={walk}
        onBlur={() => setWalked(false)}
      />
      <span id={help} class="sr">
        {said}
      </span>
      <Table series={series} marks={marks} period={period} title={title} />
    </figure>
  );
}

function labelsOf(series: Series, format: Format, period: Period) {
  return {
    value: (value: number) => format.figure(series.metric, value, true),
    time: (time: number) => (period === "hourly" && !format.isMidnight(time) ? format.clock(time) : format.day(time)),
    zone: format.zone,
  };
}

function lastKnown(series: Series): number {
  for (let at = series.times.length - 1; at >= 0; at -= 1) if (series.value[at] !== null) return at;
  return series.times.length - 1;
}

function sayingOf(
  series: Series,
  marks: Mark[],
  at: number,
  format: Format,
  period: Period,
  words: ReturnType<typeof useRoom>["state"]["words"],
  brief: boolean,
): string {
  const time = series.times[at];
  if (time === undefined) return words.gap;
  const figure = (value: number | null | undefined) => format.figure(series.metric, value);
  const value = series.value[at] ?? null;
  const parts = [format.bucket(time * 1000, period), value === null ? words.gap : figure(value)];
  const [expected, lower, upper, first] = [series.expected[at], series.lower[at], series.upper[at], series.first[at]];
  if (expected != null) {
    parts.push(`${words.expected} ${figure(expected)}${brief ? "" : ` (${figure(lower)} – ${figure(upper)})`}`);
  }
  if (brief) return parts.join(" · ");
  if (first != null) parts.push(words.was(figure(first)));
  if (series.young[at]) parts.push(words.young);
  if (marks.some((mark) => mark.time === time)) parts.push(words.alertHere);
  return parts.join(" · ");
}
