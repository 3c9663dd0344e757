import { useState } from "preact/hooks";
import { SEVERITIES, SOURCES, type Anomaly } from "../api/types";
import { incidentsOf, isOpen, isSnoozed } from "../core/incident";
import type { Room } from "../core/room";
import { STATES, type View } from "../core/view";
import { useRoom } from "./context";
import { Severity } from "./Severity";
import { opened, sentenceOf, statusOf } from "./sentence";

const MOST = 60;

/** Returns what the inbox lists with the view's filters. */
export function listed({ state, backend }: Room): Anomaly[] {
  const { view, anomalies, words, format } = state;
  const wanted = view.q.trim().toLowerCase();
  const now = backend.now();
  const asleep = new Set(incidentsOf(anomalies ?? [], now).asleep.map((each) => each.id));
  const sleeps = (each: Anomaly) => isOpen(each) && (isSnoozed(each, now) || asleep.has(each.incidentId));
  const has = {
    all: () => true,
    open: (each: Anomaly) => isOpen(each) && !sleeps(each),
    snoozed: sleeps,
  };
  const fits = view.status in has ? has[view.status as keyof typeof has] : (each: Anomaly) => each.status === view.status;
  return (anomalies ?? []).filter(
    (each) =>
      fits(each) &&
      (view.severity === "all" || each.severity === view.severity) &&
      (view.origin === "all" || each.source === view.origin) &&
      (wanted === "" || `${sentenceOf(each, words, format)} ${each.aiInsight?.explanation ?? ""}`.toLowerCase().includes(wanted)),
  );
}

export function Inbox() {
  const room = useRoom();
  const { words, anomalies, view, format } = room.state;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  if (anomalies === null) return <section class="inbox skeleton" aria-hidden="true" />;
  const found = listed(room);
  const shown = found.slice(0, MOST);
  const selected = found.filter((each) => chosen.has(each.id)).map((each) => each.id);
  const bulk = (answer: Promise<void>) => {
    void answer;
    setChosen(new Set());
  };
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  return (
    <section id="inbox" class="inbox" aria-labelledby="inbox-title">
      <div class="head">
        <h2 id="inbox-title">
          {words.inbox} <span class="count">{found.length}</span>
        </h2>
        <Filters />
      </div>
      <div class="bulk">
        <label class="check">
          <input
            type="checkbox"
            checked={shown.length > 0 && shown.every((each) => chosen.has(each.id))}
            disabled={shown.length === 0}
            onChange={(event) => setChosen(event.currentTarget.checked ? new Set(shown.map((each) => each.id)) : new Set())}
          />
          {selected.length > 0 ? words.selected(selected.length) : words.selectAll}
        </label>
        <button type="button" disabled={selected.length === 0} onClick={() => bulk(room.setStatus(selected, "investigating"))}>
          {words.investigate}
        </button>
        <button type="button" disabled={selected.length === 0} title={words.snoozeHint} onClick={() => bulk(room.snooze(selected))}>
          {words.snooze}
        </button>
        <button type="button" disabled={selected.length === 0} onClick={() => bulk(room.setStatus(selected, "resolved"))}>
          {words.resolve}
        </button>
        <button type="button" disabled={selected.length === 0} onClick={() => bulk(room.setStatus(selected, "ignored"))}>
          {words.ignore}
        </button>
      </div>
      {found.length === 0 ? (
        <p class="hint">{anomalies.length === 0 ? words.noneYet : words.empty}</p>
      ) : (
        <ul class="alerts">
          {shown.map((each) => (
            <li key={each.id} class={each.id === view.anomaly ? "alert chosen" : "alert"}>
              <input
                type="checkbox"
                aria-label={`${words.select}: ${sentenceOf(each, words, format)}`}
                checked={chosen.has(each.id)}
                onChange={() => toggle(each.id)}
              />
              <button type="button" class="alert-open" data-alert={each.id} aria-current={each.id === view.anomaly} onClick={() => opened(room, each)}>
                <span class="alert-line">
                  <Severity of={each.severity} />
                  <span class="when">{format.bucket(Date.parse(each.timestamp), each.period)}</span>
                  <span class="status">{statusOf(each, room)}</span>
                </span>
                <span class="sentence">{sentenceOf(each, words, format)}</span>
                {each.direction === "adverse" && each.moneyAtRisk && each.moneyAtRisk.amount > 0 && (
                  <span class="stake">{words.atRisk(format.money(each.moneyAtRisk.amount, each.moneyAtRisk.currency))}</span>
                )}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Filters() {
  const room = useRoom();
  const { words, view } = room.state;
  return (
    <div class="filters" role="search">
      <input
        id="search"
        type="search"
        placeholder={words.search}
        aria-label={words.search}
        value={view.q}
        onInput={(event) => room.go({ q: event.currentTarget.value }, true)}
      />
      <Choice<View["status"]>
        label={words.filterStatus}
        value={view.status}
        options={STATES.map((each) => [each, words.statuses[each]])}
        chosen={(status) => room.go({ status }, true)}
      />
      <Choice<View["severity"]>
        label={words.filterSeverity}
        value={view.severity}
        options={[["all", words.every], ...SEVERITIES.map((each) => [each, words.severities[each]] as const)]}
        chosen={(severity) => room.go({ severity }, true)}
      />
      <Choice<View["origin"]>
        label={words.filterSource}
        value={view.origin}
        options={[["all", words.every], ...SOURCES.map((each) => [each, words.sources[each]] as const)]}
        chosen={(origin) => room.go({ origin }, true)}
      />
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  chosen(value: T): void;
}

function Choice<T extends string>({ label, value, options, chosen }: ChoiceProps<T>) {
  return (
    <select aria-label={label} title={label} value={value} onChange={(event) => chosen(event.currentTarget.value as T)}>
      {options.map(([each, text]) => (
        <option key={each} value={each}>
          {text}
        </option>
      ))}
    </select>
  );
}
