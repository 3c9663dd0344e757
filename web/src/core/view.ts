/** What is looked at: all of it is in the address, so that a link shows the next person the same. */
import { METRICS, PERIODS, SEVERITIES, SOURCES, STATUSES, type Metric, type Period, type Severity, type Source } from "../api/types";

export const LANGUAGES = ["pt-BR", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

export const PANELS = ["tune", "integrations", "notifications", "help"] as const;
export type Panel = (typeof PANELS)[number];

/** How many days back may be looked at, by period; the second is where one begins. */
export const RANGES: Record<Period, readonly number[]> = {
  hourly: [1, 3, 7, 14, 30],
  daily: [14, 30, 90],
  weekly: [84, 182, 364],
};

/** Which alerts the inbox lists. */
export const STATES = ["open", "snoozed", "all", ...STATUSES] as const;

export interface View {
  brand: string | null;
  /** Days back from now; used where `from` and `to` are not set. */
  days: number;
  from: string | null;
  to: string | null;
  period: Period;
  source: Source;
  metric: Metric;
  anomaly: string | null;
  status: (typeof STATES)[number];
  severity: Severity | "all";
  origin: Source | "all";
  q: string;
  panel: Panel | null;
  lang: Language;
  mock: boolean;
  scenario: string;
}

export function viewOf(search: string, lang: Language): View {
  const asked = new URLSearchParams(search);
  const one = <T extends string>(name: string, known: readonly T[], or: T): T => {
    const given = asked.get(name);
    return known.find((each) => each === given) ?? or;
  };
  const period = one("period", PERIODS, "hourly");
  const days = Number(/^(\d{1,3})d$/.exec(asked.get("range") ?? "")?.[1]);
  const moment = (name: string) => {
    const given = asked.get(name);
    return given !== null && !Number.isNaN(Date.parse(given)) ? given : null;
  };
  const [from, to] = [moment("from"), moment("to")];
  const both = from !== null && to !== null && Date.parse(from) <= Date.parse(to);
  return {
    brand: asked.get("brand"),
    days: RANGES[period].includes(days) ? days : (RANGES[period][1] ?? 1),
    from: both ? from : null,
    to: both ? to : null,
    period,
    source: one("source", SOURCES, "aggregated"),
    metric: one("metric", METRICS, "revenue"),
    anomaly: asked.get("anomaly"),
    status: one("status", STATES, "open"),
    severity: one("severity", ["all", ...SEVERITIES], "all"),
    origin: one("origin", ["all", ...SOURCES], "all"),
    q: asked.get("q") ?? "",
    panel: PANELS.find((each) => each === asked.get("panel")) ?? null,
    lang: one("lang", LANGUAGES, lang),
    mock: asked.get("mock") === "true",
    scenario: asked.get("scenario") ?? "drop",
  };
}

/** Returns the address of a view; `whole` names even what would be so by itself. */
export function addressOf(view: View, whole = false): string {
  const usual = viewOf(`?period=${view.period}`, view.lang);
  const said = new URLSearchParams();
  const say = (name: string, value: string | null, same: boolean) => {
    if (value !== null && value !== "" && (whole || !same)) said.set(name, value);
  };
  say("brand", view.brand, false);
  if (view.from !== null) {
    say("from", view.from, false);
    say("to", view.to, false);
  } else {
    say("range", `${view.days}d`, view.days === usual.days);
  }
  say("period", view.period, view.period === "hourly");
  for (const name of ["source", "metric", "status", "severity", "origin"] as const) {
    say(name, view[name], view[name] === usual[name]);
  }
  for (const name of ["anomaly", "q", "panel"] as const) say(name, view[name], false);
  say("lang", view.lang, false);
  if (view.mock) {
    say("mock", "true", false);
    say("scenario", view.scenario, false);
  }
  const text = said.toString();
  return text === "" ? location.pathname : `${location.pathname}?${text}`;
}
