import { METRICS, SOURCES } from "../api/types";
import { csv, download, type Cell } from "../core/csv";
import { valueOf } from "../core/metric";
import type { Room } from "../core/room";
import { seriesOf, summaryOf } from "../core/series";
import { useRoom } from "./context";
import { Delta } from "./Tiles";

export function SourceTable() {
  const room = useRoom();
  const { words, numbers, format } = room.state;
  if (numbers === null) return <section class="sources skeleton" aria-hidden="true" />;
  const revenue = summaryOf(seriesOf(numbers, "aggregated", "revenue")).value;
  return (
    <section class="sources" aria-labelledby="sources-title">
      <div class="head">
        <h2 id="sources-title">{words.sourceTable}</h2>
        <button type="button" onClick={() => exported(room)}>
          {words.csv}
        </button>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-labelledby="sources-title">
        <table class="grid">
          <thead>
            <tr>
              <th scope="col">{words.sourceName}</th>
              {METRICS.map((metric) => (
                <th key={metric} scope="col" title={words.meanings[metric]}>
                  {words.metrics[metric]}
                </th>
              ))}
              <th scope="col">{words.shareOf}</th>
            </tr>
          </thead>
          <tbody>
            {SOURCES.map((source) => {
              const own = summaryOf(seriesOf(numbers, source, "revenue")).value;
              return (
                <tr key={source}>
                  <th scope="row">{words.sources[source]}</th>
                  {METRICS.map((metric) => {
                    const { value, delta } = summaryOf(seriesOf(numbers, source, metric));
                    return (
                      <td key={metric}>
                        {format.figure(metric, value)}
                        <Delta metric={metric} delta={delta} />
                      </td>
                    );
                  })}
                  <td>{own !== null && revenue ? format.share(own / revenue) : "—"}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Writes every bucket that is shown, in the reader's spelling. */
function exported(room: Room): void {
  const { words, numbers, format, view } = room.state;
  if (numbers === null) return;
  const head: Cell[] = [words.when, words.sourceName, ...METRICS.map((metric) => words.metrics[metric]), "ISO 4217"];
  const rows = numbers.times.flatMap((time) =>
    SOURCES.flatMap((source): Cell[][] => {
      const point = numbers.points.get(`${source} ${time}`);
      if (point === undefined) return [];
      return [
        [format.moment(time * 1000), words.sources[source], ...METRICS.map((metric) => valueOf(point, metric)), point.currency],
      ];
    }),
  );
  const { start, end } = room.range;
  download(`${view.brand}_${view.period}_${start.slice(0, 10)}_${end.slice(0, 10)}.csv`, csv([head, ...rows], view.lang));
}
