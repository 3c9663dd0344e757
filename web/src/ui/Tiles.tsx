import { METRICS, type Metric } from "../api/types";
import { GOOD, isGood } from "../core/metric";
import { seriesOf, summaryOf, tail } from "../core/series";
import { BUCKET_MS } from "../core/range";
import { Spark } from "../charts/Spark";
import { useRoom } from "./context";

const POINTS = 14;

export function Tiles() {
  const { words } = useRoom().state;
  return (
    <section id="numbers" class="tiles" aria-label={words.numbers}>
      {METRICS.map((metric) => (
        <Tile key={metric} metric={metric} />
      ))}
    </section>
  );
}

function Tile({ metric }: { metric: Metric }) {
  const room = useRoom();
  const { words, format, numbers, view, banded } = room.state;
  const name = words.metrics[metric];
  if (numbers === null) return <div class="tile skeleton" aria-hidden="true" />;
  const series = seriesOf(numbers, view.source, metric);
  const { value, expected, delta, last } = summaryOf(series);
  const end = last === null ? null : last * 1000 + BUCKET_MS[view.period];
  const late = end !== null && room.backend.now() - end > BUCKET_MS[view.period];
  return (
    <button
      type="button"
      class="tile"
      aria-pressed={metric === view.metric}
      title={words.meanings[metric]}
      onClick={() => room.go({ metric })}
    >
      <span class="tile-name">{name}</span>
      <span class="tile-value">{value === null ? <small>{words.unknown}</small> : format.figure(metric, value)}</span>
      <Delta metric={metric} delta={delta} />
      <span class="tile-expected">
        {expected === null ? (value === null || !banded ? "" : words.noExpectation) : `${words.expected} ${format.figure(metric, expected)}`}
      </span>
      <Spark series={tail(series, POINTS)} label={sparkLabel(name, series, format, metric)} />
      <span class="tile-until">{late && end !== null ? words.until(view.period === "hourly" ? format.bucket(end, "hourly") : format.day(end)) : ""}</span>
    </button>
  );
}

function sparkLabel(name: string, series: ReturnType<typeof seriesOf>, format: ReturnType<typeof useRoom>["state"]["format"], metric: Metric): string {
  const values = tail(series, POINTS).value.map((value) => format.figure(metric, value));
  return `${name}: ${values.join(", ")}`;
}

/** A change beside what was expected: arrow, sign and colour say the same. */
export function Delta({ metric, delta }: { metric: Metric; delta: number | null }) {
  const { words, format } = useRoom().state;
  if (delta === null) return <span class="delta none" />;
  const rising = delta > 0;
  const calm = Math.abs(delta) < 0.05;
  const kind = calm ? "calm" : GOOD[metric] === "neither" ? "odd" : isGood(metric, rising) ? "good" : "bad";
  const verdict = kind === "good" ? words.better : kind === "bad" ? words.worse : "";
  return (
    <span class={`delta ${kind}`}>
      <span aria-hidden="true">{calm ? "≈" : rising ? "▲" : "▼"}</span> {format.percent(delta)}
      {verdict && <span class="sr"> {verdict}</span>}
    </span>
  );
}
