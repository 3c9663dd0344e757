/** An anomaly in one sentence, and what opening it shows. */
import type { Anomaly } from "../api/types";
import type { Format } from "../core/format";
import { isOpen, isSnoozed } from "../core/incident";
import type { Room } from "../core/room";
import type { Words } from "../i18n/en";

export function sentenceOf(anomaly: Anomaly, words: Words, format: Format): string {
  return words.sentence(
    words.sources[anomaly.source],
    words.metrics[anomaly.metricType],
    format.figure(anomaly.metricType, anomaly.valueAtDetection),
    format.figure(anomaly.metricType, anomaly.expectedValue),
    format.percent(anomaly.deviationPercentage / 100),
  );
}

/** Names the part that moved it most. */
export function leading(anomaly: Anomaly, words: Words, format: Format): string {
  const parts = anomaly.explanation.parts;
  const most = [...parts].sort((a, b) => Math.abs(b.amount) - Math.abs(a.amount))[0];
  if (!most) return "";
  return words.driver(driverName(most, words), format.signed(anomaly.metricType, most.amount));
}

export function driverName(part: { source: string; driver: string }, words: Words): string {
  const driver = words.drivers[part.driver] ?? part.driver;
  const source = (words.sources as Record<string, string>)[part.source];
  return source === undefined || part.driver === part.source ? driver : `${driver}, ${source}`;
}

/** Says how far people are with an anomaly, and until when it was put off. */
export function statusOf(anomaly: Anomaly, { state: { words, format }, backend }: Room): string {
  const sleeps = isOpen(anomaly) && isSnoozed(anomaly, backend.now());
  return sleeps ? words.snoozed(format.moment(Date.parse(anomaly.snoozedUntil ?? ""))) : words.statuses[anomaly.status];
}

/** Shows an anomaly: its chart, its split, itself in the address. */
export function opened(room: Room, anomaly: Anomaly): void {
  const { id, metricType: metric, source, period } = anomaly;
  room.go({ anomaly: id, metric, source, ...(period === room.state.view.period ? {} : { period }) });
  document.getElementById("explanation")?.focus({ preventScroll: innerWidth > 1100 });
}
