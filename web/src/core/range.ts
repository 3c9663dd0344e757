/** Which span of time a view shows, and the months that its history is filed under. */
import type { Range } from "../api/client";
import type { Period } from "../api/types";
import type { View } from "./view";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BASELINE_MONTHS = 2;

/** Returns what to ask for: whole hours, or days of the brand's zone, both ends inclusive. */
export function rangeOf(view: View, zone: string, now: number): Range {
  const { period } = view;
  if (view.from !== null && view.to !== null) return { start: view.from, end: view.to, period };
  if (period === "hourly") {
    const end = Math.ceil(now / HOUR) * HOUR;
    return { start: instant(end - view.days * DAY), end: instant(end - 1000), period };
  }
  return { start: dayOf(now - (view.days - 1) * DAY, zone), end: dayOf(now, zone), period };
}

/** Returns the range as far before or behind as half its own length. */
export function shifted(range: Range, by: -1 | 1): { from: string; to: string } {
  const [start, end] = [Date.parse(range.start), Date.parse(range.end)];
  if (range.period === "hourly") {
    const step = Math.max(HOUR, Math.round((end - start) / 2 / HOUR) * HOUR) * by;
    return { from: instant(start + step), to: instant(end + step) };
  }
  const step = Math.max(DAY, Math.round((end - start) / 2 / DAY) * DAY) * by;
  return { from: dayOf(start + step, "UTC"), to: dayOf(end + step, "UTC") };
}

/** Returns the `yyyymm` of the pages that the newest numbers of a period are in. */
export function monthsOf(now: number): string[] {
  const found = [];
  const month = new Date(now + DAY);
  month.setUTCDate(1);
  for (let back = 0; back <= BASELINE_MONTHS; back += 1) {
    found.push(month.toISOString().slice(0, 7).replace("-", ""));
    month.setUTCMonth(month.getUTCMonth() - 1);
  }
  return found;
}

export const BUCKET_MS: Record<Period, number> = { hourly: HOUR, daily: DAY, weekly: 7 * DAY };

function instant(at: number): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}

function dayOf(at: number, zone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}
