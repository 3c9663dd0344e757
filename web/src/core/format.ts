/** Figures and moments as their reader writes them: her language, the brand's currency and clocks. */
import type { Metric, Period } from "../api/types";
import { KIND } from "./metric";
import type { Language } from "./view";

export const NOTHING = "—";

const DAY_MS = 86_400_000;

/** English that names the dollar's country, so that no `$` stands alone. */
const FIGURES: Record<Language, string> = { "pt-BR": "pt-BR", en: "en-001" };
const DATES: Record<Language, string> = { "pt-BR": "pt-BR", en: "en-GB" };

export class Format {
  readonly #numbers = new Map<string, Intl.NumberFormat>();
  readonly #dates = new Map<string, Intl.DateTimeFormat>();

  constructor(
    readonly lang: Language,
    readonly zone: string,
    readonly currency: string,
  ) {}

  /** Returns a metric's value with its unit; `short` for axes and tight places. */
  figure(metric: Metric, value: number | null | undefined, short = false): string {
    if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
    switch (KIND[metric]) {
      case "money":
        return this.money(value, this.currency, short);
      case "share":
        return this.#number({ style: "percent", minimumFractionDigits: short ? 1 : 2, maximumFractionDigits: 2 }).format(value);
      case "ratio":
        return this.#number({ minimumFractionDigits: short ? 0 : 2, maximumFractionDigits: 2 }).format(value);
      case "count":
        return this.#number(
          short && Math.abs(value) >= 10_000
            ? { notation: "compact", maximumFractionDigits: 1 }
            : { maximumFractionDigits: Math.abs(value) < 100 && !Number.isInteger(value) ? 1 : 0 },
        ).format(value);
    }
  }

  money(value: number, currency = this.currency, short = false): string {
    const large = Math.abs(value) >= 10_000;
    const places = short ? (Math.abs(value) < 10 && value !== 0 ? 2 : 0) : large ? 0 : 2;
    return this.#number({
      style: "currency",
      currency,
      minimumFractionDigits: places,
      maximumFractionDigits: places,
      ...(short && large ? { notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: 1 } : {}),
    }).format(value);
  }

  /** Writes a fraction as signed percent: 0.827 is +82.7 %. */
  percent(fraction: number | null): string {
    if (fraction === null || !Number.isFinite(fraction)) return NOTHING;
    const text = this.#number({ style: "percent", maximumFractionDigits: 1, signDisplay: "exceptZero" }).format(fraction);
    return text.replace("-", "−");
  }

  share(fraction: number): string {
    return this.#number({ style: "percent", maximumFractionDigits: 0 }).format(fraction);
  }

  plain(value: number, places = 1): string {
    return this.#number({ maximumFractionDigits: places }).format(value);
  }

  signed(metric: Metric, value: number): string {
    const text = this.figure(metric, Math.abs(value));
    if (text === this.figure(metric, 0)) return text; // what rounds to nothing has no sign
    return value < 0 ? `−${text}` : value > 0 ? `+${text}` : text;
  }

  /** Writes a bucket's start, in the brand's zone. */
  bucket(at: number, period: Period): string {
    return period === "hourly"
      ? this.#date({ weekday: "short", day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" }).format(at)
      : this.#date({ weekday: "short", day: "2-digit", month: "2-digit", year: "numeric" }).format(at);
  }

  span(from: number, to: number): string {
    const options = { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" } as const;
    return this.#date(options).formatRange(from, to);
  }

  clock(at: number): string {
    return this.#date({ hour: "2-digit", minute: "2-digit" }).format(at);
  }

  isMidnight(at: number): boolean {
    return this.clock(at) === "00:00";
  }

  day(at: number): string {
    return this.#date({ day: "2-digit", month: "2-digit" }).format(at);
  }

  moment(at: number): string {
    return this.#date({ day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit" }).format(at);
  }

  /** Writes a length of time in its largest unit: 42 min, 3 h, 2 d. */
  ago(ms: number): string {
    const minutes = Math.max(0, Math.round(ms / 60_000));
    if (minutes < 60) return `${minutes} min`;
    if (ms < 2 * DAY_MS) return `${Math.round(minutes / 60)} h`;
    return `${Math.round(ms / DAY_MS)} d`;
  }

  #number(options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const key = JSON.stringify(options);
    const known = this.#numbers.get(key) ?? new Intl.NumberFormat(FIGURES[this.lang], options);
    this.#numbers.set(key, known);
    return known;
  }

  #date(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const key = JSON.stringify(options);
    const known =
      this.#dates.get(key) ?? new Intl.DateTimeFormat(DATES[this.lang], { ...options, timeZone: this.zone, hourCycle: "h23" });
    this.#dates.set(key, known);
    return known;
  }
}
