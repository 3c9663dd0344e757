import { useState } from "preact/hooks";
import type { Anomaly } from "../api/types";
import { incidentsOf, isOpen, isSnoozed, spanOf } from "../core/incident";
import type { Answer } from "../data/backend";
import { useRoom } from "./context";
import { Severity } from "./Severity";
import { driverName, sentenceOf, statusOf } from "./sentence";

export function Explanation() {
  const room = useRoom();
  const { words, anomalies, view } = room.state;
  const found = anomalies?.find((each) => each.id === view.anomaly) ?? null;
  const shown = found ?? (view.anomaly === null && anomalies ? (incidentsOf(anomalies, room.backend.now()).awake[0]?.lead ?? null) : null);
  return (
    <section id="explanation" class={anomalies === null ? "explanation skeleton" : "explanation"} tabIndex={-1} aria-labelledby="explanation-title">
      <h2 id="explanation-title">{words.explanation}</h2>
      {anomalies === null ? null : shown ? <Of anomaly={shown} /> : <p class="hint">{view.anomaly === null ? words.pick : words.gone}</p>}
    </section>
  );
}

function Of({ anomaly }: { anomaly: Anomaly }) {
  const room = useRoom();
  const { words, format } = room.state;
  const [lit, light] = useState<number | null>(null);
  const parts = anomaly.explanation.parts;
  const act = (status: Answer["status"]) => void room.setStatus([anomaly.id], status);
  return (
    <>
      <p class="headline">
        <Severity of={anomaly.severity} /> <span class="status">{statusOf(anomaly, room)}</span>
      </p>
      <p class="sentence">{sentenceOf(anomaly, words, format)}</p>
      <Split anomaly={anomaly} lit={lit} light={light} />
      <h3>{words.insight}</h3>
      <p class="insight">{anomaly.aiInsight?.explanation ?? words.insightPending}</p>
      <ul class="chips" aria-label={words.facts}>
        <li class="chip">
          {words.value} <b>{format.figure(anomaly.metricType, anomaly.valueAtDetection)}</b>
        </li>
        <li class="chip">
          {words.expectedColumn} <b>{format.figure(anomaly.metricType, anomaly.expectedValue)}</b>
        </li>
        {anomaly.moneyAtRisk && anomaly.moneyAtRisk.amount > 0 && (
          <li class="chip">
            {words.money} <b>{format.money(anomaly.moneyAtRisk.amount, anomaly.moneyAtRisk.currency)}</b>
          </li>
        )}
        {parts.map((part, at) => (
          <li key={at}>
            <button
              type="button"
              class={lit === at ? "chip lit" : "chip"}
              aria-pressed={lit === at}
              onMouseEnter={() => light(at)}
              onMouseLeave={() => light(null)}
              onFocus={() => light(at)}
              onBlur={() => light(null)}
            >
              {driverName(part, words)} <b>{format.signed(anomaly.metricType, part.amount)}</b>
            </button>
          </li>
        ))}
      </ul>
      {anomaly.aiInsight && (
        <>
          <h3>{words.action}</h3>
          <p class="action">{anomaly.aiInsight.suggestedAction}</p>
        </>
      )}
      <div class="actions">
        <button type="button" aria-pressed={anomaly.status === "investigating" && !isSnoozed(anomaly, room.backend.now())} onClick={() => act("investigating")}>
          {words.investigate}
        </button>
        <button type="button" title={words.snoozeHint} disabled={!isOpen(anomaly)} onClick={() => void room.snooze([anomaly.id])}>
          {words.snooze}
        </button>
        <button type="button" class="primary" disabled={anomaly.status === "resolved"} onClick={() => act("resolved")}>
          {words.resolve}
        </button>
        <button type="button" disabled={anomaly.status === "ignored"} onClick={() => act("ignored")}>
          {words.ignore}
        </button>
      </div>
      <Why anomaly={anomaly} />
    </>
  );
}

/** Each bar begins where the one before it ended, so that the eye adds them up to the total. */
function Split({ anomaly, lit, light }: { anomaly: Anomaly; lit: number | null; light(at: number | null): void }) {
  const { words, format } = useRoom().state;
  const { metricType: metric, direction, explanation } = anomaly;
  const parts = [...explanation.parts.entries()].sort(([, a], [, b]) => Math.abs(b.amount) - Math.abs(a.amount));
  let sum = 0;
  const rows = parts.map(([at, part]) => ({ at, part, from: sum, to: (sum += part.amount) }));
  const edges = [0, explanation.total, ...rows.map((row) => row.to)];
  const [low, high] = [Math.min(...edges), Math.max(...edges)];
  const place = (value: number) => ((value - low) / (high - low || 1)) * 100;
  const bar = (from: number, to: number, kind: string) => (
    <span class="track" aria-hidden="true">
      <span class="zero" style={{ left: `${place(0)}%` }} />
      <span class={`fill ${kind}`} style={{ left: `${place(Math.min(from, to))}%`, width: `${Math.abs(place(to) - place(from))}%` }} />
    </span>
  );
  const kindOf = (amount: number) => (amount < 0 === explanation.total < 0 ? (direction === "adverse" ? "bad" : "good") : direction === "adverse" ? "good" : "bad");
  return (
    <table class="split">
      <caption>{words.madeOf}</caption>
      <colgroup>
        <col class="c-name" />
        <col />
        <col class="c-amount" />
      </colgroup>
      <thead class="sr">
        <tr>
          <th scope="col">{words.driverColumn}</th>
          <th scope="col" aria-hidden="true" />
          <th scope="col">{words.contribution}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ at, part, from, to }) => (
          <tr key={at} class={lit === at ? "lit" : ""} onMouseEnter={() => light(at)} onMouseLeave={() => light(null)}>
            <th scope="row">{driverName(part, words)}</th>
            <td>{bar(from, to, kindOf(part.amount))}</td>
            <td class="amount">{format.signed(metric, part.amount)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{words.total}</th>
          <td>{bar(0, explanation.total, `${kindOf(explanation.total)} whole`)}</td>
          <td class="amount">{format.signed(metric, explanation.total)}</td>
        </tr>
        <tr>
          <td colSpan={3} class="hint">
            {words.accounting}
          </td>
        </tr>
      </tfoot>
    </table>
  );
}

function Why({ anomaly }: { anomaly: Anomaly }) {
  const { words, format } = useRoom().state;
  const [start, end] = spanOf(anomaly);
  const facts: [string, string][] = [
    [words.whyRule, words.rules[anomaly.rule] ?? anomaly.rule],
    [words.whyThreshold, `${anomaly.threshold} % · ${format.percent(anomaly.deviationPercentage / 100)}`],
    [words.whyWindow, anomaly.period === "hourly" ? `${format.span(start, end)} (${words.hours(anomaly.windowHours ?? 1)})` : format.bucket(start, anomaly.period)],
    [words.whyBaseline, words.baseline[anomaly.period]],
    ...(anomaly.sigmas === 0 ? [] : ([[words.whyNoise, words.noise(format.plain(Math.abs(anomaly.sigmas)))]] as [string, string][])),
    [words.whyDetected, `${format.moment(Date.parse(anomaly.detectedAt))}${anomaly.told ? ` · ${words.told}` : ""}`],
    [words.whyStatus, `${words.statuses[anomaly.status]}${anomaly.resolvedBy === "machine" ? ` ${words.byMachine}` : ""}`],
  ];
  return (
    <details class="why">
      <summary>{words.why}</summary>
      <dl>
        {facts.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
