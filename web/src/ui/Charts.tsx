import { useMemo } from "preact/hooks";
import { PARTS, type Anomaly, type Metric, type Source } from "../api/types";
import { BandChart } from "../charts/BandChart";
import type { Mark } from "../charts/chart";
import { seriesOf } from "../core/series";
import { useRoom } from "./context";
import { opened } from "./sentence";

export function Charts() {
  const room = useRoom();
  const { words, numbers, view } = room.state;
  const { metric } = view;
  if (numbers === null) return <section class="charts skeleton" aria-label={words.loading} />;
  const { legend } = words;
  return (
    <section class={room.ready ? "charts" : "charts former"} aria-label={words.chart(words.metrics[metric], words.sources[view.source])}>
      <Of source={view.source} />
      <ul class="legend" aria-hidden="true">
        <li class="k-value">{legend.value}</li>
        <li class="k-expected">{legend.expected}</li>
        <li class="k-band">{legend.band}</li>
        <li class="k-young">{legend.young}</li>
        <li class="k-alert">{legend.alert}</li>
        <li class="k-restated">{legend.restated}</li>
      </ul>
      <h2 class="sr">{words.bySource}</h2>
      <div class="multiples">
        {PARTS.map((source) => (
          <Of key={source} source={source} compact />
        ))}
      </div>
    </section>
  );
}

function Of({ source, compact = false }: { source: Source; compact?: boolean }) {
  const room = useRoom();
  const { words, numbers, view, anomalies } = room.state;
  const { metric, period, anomaly } = view;
  const series = useMemo(() => numbers && seriesOf(numbers, source, metric), [numbers, source, metric]);
  const here = useMemo(() => (anomalies ?? []).filter((each) => isHere(each, source, metric, period)), [anomalies, source, metric, period]);
  const marks = useMemo(
    () =>
      here.map((each): Mark => ({
        time: Date.parse(each.timestamp) / 1000,
        adverse: each.direction === "adverse",
        selected: each.id === anomaly,
      })),
    [here, anomaly],
  );
  if (series === null) return null;
  const title = compact ? words.sources[source] : words.chart(words.metrics[metric], words.sources[source]);
  if (series.value.every((value) => value === null)) {
    return (
      <figure class={compact ? "chart compact none" : "chart none"}>
        <figcaption>
          <span class="chart-title">{title}</span>
        </figcaption>
        <p>{words.notMeasured(words.metrics[metric])}</p>
      </figure>
    );
  }
  const choose = (time: number) => {
    const found = here.find((each) => Date.parse(each.timestamp) === time * 1000);
    if (found) opened(room, found);
  };
  return <BandChart series={series} marks={marks} period={period} title={title} compact={compact} chosen={choose} />;
}

function isHere(anomaly: Anomaly, source: Source, metric: Metric, period: string): boolean {
  return anomaly.source === source && anomaly.metricType === metric && anomaly.period === period;
}
