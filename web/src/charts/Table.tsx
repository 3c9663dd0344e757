/** The same chart as a table; its rows are made when it is opened. */
import { useState } from "preact/hooks";
import type { Period } from "../api/types";
import type { Series } from "../core/series";
import { useRoom } from "../ui/context";
import type { Mark } from "./chart";

export function Table({ series, marks, period, title }: { series: Series; marks: Mark[]; period: Period; title: string }) {
  const { words, format } = useRoom().state;
  const [open, setOpen] = useState(false);
  const figure = (value: number | null | undefined) => format.figure(series.metric, value);
  return (
    <details class="behind" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words.table}</summary>
      {open && (
        <div class="scroll" tabIndex={0} role="region" aria-label={words.tableOf(title)}>
          <table>
            <caption class="sr">{words.tableOf(title)}</caption>
            <thead>
              <tr>
                <th scope="col">{words.when}</th>
                <th scope="col">{words.value}</th>
                <th scope="col">{words.expectedColumn}</th>
                <th scope="col">{words.lowest}</th>
                <th scope="col">{words.highest}</th>
                <th scope="col">{words.judgedAs}</th>
                <th scope="col">{words.state}</th>
              </tr>
            </thead>
            <tbody>
              {series.times.map((time, at) => (
                <tr key={time}>
                  <th scope="row">{format.bucket(time * 1000, period)}</th>
                  <td>{series.value[at] === null ? words.gap : figure(series.value[at])}</td>
                  <td>{figure(series.expected[at])}</td>
                  <td>{figure(series.lower[at])}</td>
                  <td>{figure(series.upper[at])}</td>
                  <td>{figure(series.first[at])}</td>
                  <td>
                    {[series.young[at] && words.young, marks.some((mark) => mark.time === time) && words.alertHere]
                      .filter(Boolean)
                      .join(", ")}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
