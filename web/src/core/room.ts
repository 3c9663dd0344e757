/** The page's one state, and everything that changes it: the address, what is heard, what is asked. */
import { Api, Refusal, Unreachable, type Range } from "../api/client";
import { SOURCES, type Anomaly, type Problem } from "../api/types";
import type { Answer, Backend, Brand, Config, Freshness, Person, Stop } from "../data/backend";
import type { Words } from "../i18n/en";
import { Format } from "./format";
import { morningAfter, type Incident } from "./incident";
import { monthsOf, rangeOf, shifted } from "./range";
import { numbersOf, type Numbers } from "./series";
import { addressOf, viewOf, type Language, type View } from "./view";

export interface State {
  view: View;
  words: Words;
  format: Format;
  /** Undefined until it is known whether somebody is signed in. */
  person: Person | null | undefined;
  brands: Brand[] | null;
  open: Record<string, Anomaly[]>;
  config: Config | null;
  freshness: Freshness[];
  anomalies: Anomaly[] | null;
  numbers: Numbers | null;
  /** What `numbers` are of; another key means that they are still those of before. */
  numbersOf: string;
  /** Whether what is expected has come too. */
  banded: boolean;
  loadedAt: number | null;
  failure: Problem | null;
  retryAfterS: number | null;
  unreachable: boolean;
  polling: boolean;
  toast: string | null;
}

type About = string[] | Incident;

const POLL_MS = 30_000;
const BURST_MS = 120;
const TOAST_MS = 4_000;
/** What has not been heard of for so long is asked for. */
const PATIENCE_MS = 5_000;
const NEWEST = 200;

export class Room {
  state: State;
  readonly api: Api;
  readonly #ears = new Set<() => void>();
  #told = false;
  #stops: Stop[] = [];
  #unwatch: Stop = () => undefined;
  #watched = "";
  #openOf = "";
  #asked = 0;
  #numbersTimer: number | undefined;
  #toastTimer: number | undefined;
  #patience: number | undefined;
  #points: Parameters<typeof numbersOf>[0] = [];
  #bands: Parameters<typeof numbersOf>[1] = [];

  constructor(
    readonly backend: Backend,
    view: View,
    words: Words,
    private readonly wordsOf: (lang: Language) => Promise<Words>,
  ) {
    this.api = new Api(backend);
    this.state = {
      view,
      words,
      format: new Format(view.lang, "America/Sao_Paulo", "BRL"),
      person: undefined,
      brands: null,
      open: {},
      config: null,
      freshness: [],
      anomalies: null,
      numbers: null,
      numbersOf: "",
      banded: false,
      loadedAt: null,
      failure: null,
      retryAfterS: null,
      unreachable: false,
      polling: !backend.live,
      toast: null,
    };
  }

  start(): void {
    this.backend.session((person) => {
      if (person?.uid === this.state.person?.uid && this.state.person !== undefined) return;
      this.#leave();
      this.#set({ person, brands: null, config: null, anomalies: null, numbers: null, numbersOf: "", failure: null });
      if (!person) return;
      this.#stops.push(this.backend.brands(person.uid, (brands) => this.#brandsCame(brands)));
      this.#waitFor(() => this.state.brands !== null, () => this.#set({ unreachable: true }));
    });
    addEventListener("popstate", () => void this.#viewCame(viewOf(location.search, this.state.view.lang)));
    addEventListener("online", () => this.refresh());
    addEventListener("offline", () => this.#set({ unreachable: true }));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.refresh();
    });
    setInterval(() => this.#tick(), POLL_MS);
  }

  /** Calls back after every change; returns how to stop that. */
  heard(told: () => void): Stop {
    this.#ears.add(told);
    return () => this.#ears.delete(told);
  }

  get brand(): Brand | null {
    const { brands, view } = this.state;
    return brands?.find((each) => each.id === view.brand) ?? null;
  }

  get range(): Range {
    return rangeOf(this.state.view, this.state.format.zone, this.backend.now());
  }

  /** Says whether what is shown is what is asked for. */
  get ready(): boolean {
    return this.state.numbers !== null && this.state.numbersOf === this.#key();
  }

  /** Looks at something else; `quietly` leaves no step to go back to. */
  go(change: Partial<View>, quietly = false): void {
    const view = { ...this.state.view, ...change };
    if (view.period !== this.state.view.period) {
      Object.assign(view, { from: null, to: null, days: viewOf(`?period=${view.period}`, view.lang).days });
    }
    const address = addressOf(view);
    if (address !== location.pathname + location.search) {
      if (quietly) history.replaceState(null, "", address);
      else history.pushState(null, "", address);
    }
    void this.#viewCame(view);
  }

  shift(by: -1 | 1): void {
    this.go(shifted(this.range, by));
  }

  /** Returns an address that shows the next person just this: with the dates, not with days back from now. */
  shared(): string {
    const { start, end } = this.range;
    return location.origin + addressOf({ ...this.state.view, from: start, to: end, panel: null }, true);
  }

  /** Reads numbers (and, where nothing is listened to, anomalies) again; what is known is not sent again. */
  refresh(): void {
    clearTimeout(this.#numbersTimer);
    this.#numbersTimer = setTimeout(() => void this.#load(), BURST_MS) as unknown as number;
  }

  /** Puts alerts off until the next morning. */
  snooze(about: About): Promise<void> {
    const { words, format } = this.state;
    const until = morningAfter(this.backend.now(), format);
    return this.#answer(about, { status: "investigating", snoozedUntil: until }, words.snoozed(format.moment(until)));
  }

  setStatus(about: About, status: Answer["status"]): Promise<void> {
    const { words } = this.state;
    return this.#answer(about, { status, snoozedUntil: null }, words.statuses[status]);
  }

  /** Answers alerts by their ids, or all that is open of an incident. */
  async #answer(about: About, answer: Answer, said: string): Promise<void> {
    const { view, words } = this.state;
    if (view.brand === null) return;
    try {
      const ids = Array.isArray(about) ? about : await this.backend.openOf(view.brand, about);
      if (ids.length === 0) return;
      await this.backend.answer(view.brand, ids, answer);
      this.say(words.statusDone(ids.length, said.toLowerCase()));
      if (!this.backend.live) await this.#loadAnomalies(view.brand);
    } catch {
      this.say(words.statusFailed);
    }
  }

  say(toast: string): void {
    clearTimeout(this.#toastTimer);
    this.#set({ toast });
    this.#toastTimer = setTimeout(() => this.#set({ toast: null }), TOAST_MS) as unknown as number;
  }

  #brandsCame(brands: Brand[]): void {
    this.#set({ brands });
    const ids = brands.map((each) => each.id);
    if (ids.join() !== this.#openOf) {
      this.#openOf = ids.join();
      this.#stops.push(
        this.backend.open(ids, (id, open) => this.#set({ open: { ...this.state.open, [id]: open } })),
      );
    }
    const first = brands[0];
    if (this.state.view.brand === null && first) this.go({ brand: first.id }, true);
    else void this.#viewCame(this.state.view);
  }

  async #viewCame(view: View): Promise<void> {
    const before = this.state.view;
    if (view.lang !== before.lang) {
      const words = await this.wordsOf(view.lang);
      document.documentElement.lang = view.lang;
      this.#set({ words });
    }
    const brand = this.state.brands?.find((each) => each.id === view.brand);
    const zone = brand?.zone ?? this.state.format.zone;
    const currency = brand?.currency ?? this.state.format.currency;
    const { format } = this.state;
    const same = format.lang === view.lang && format.zone === zone && format.currency === currency;
    this.#set({ view, format: same ? format : new Format(view.lang, zone, currency) });
    if (this.state.person && this.state.brands) this.#watch();
  }

  #watch(): void {
    const { view } = this.state;
    if (view.brand === null) return;
    const watched = `${view.brand} ${view.period}`;
    if (watched !== this.#watched) {
      const other = !this.#watched.startsWith(`${view.brand} `);
      this.#watched = watched;
      this.#unwatch();
      if (other) this.#set({ config: null, freshness: [], anomalies: null, numbers: null, numbersOf: "", failure: null });
      this.#unwatch = this.backend.watch(view.brand, view.period, monthsOf(this.backend.now()), {
        config: (config) => this.#set({ config }),
        freshness: (freshness) => this.#set({ freshness }),
        anomalies: (anomalies) => this.#set({ anomalies, polling: !this.backend.live }),
        numbers: () => this.refresh(),
        lost: (denied) => !denied && this.#poll(),
      });
      this.#waitFor(
        () => this.state.anomalies !== null,
        () => this.#poll(),
      );
    }
    if (this.state.numbersOf !== this.#key()) void this.#load();
  }

  async #load(): Promise<void> {
    const { view } = this.state;
    if (view.brand === null || !this.state.person) return;
    const key = this.#key();
    const range = this.range;
    const turn = (this.#asked += 1);
    const isLast = () => turn === this.#asked;
    if (key !== this.state.numbersOf) {
      this.#bands = [];
      this.#set({ banded: false });
    }
    const metrics = this.api.metrics(view.brand, range, [...SOURCES]).then((points) => {
      if (!isLast()) return;
      this.#points = points;
      const numbers = numbersOf(points, this.#bands);
      this.#set({ numbers, numbersOf: key, loadedAt: this.backend.now(), failure: null, unreachable: false });
    });
    const expectations = this.api.expectations(view.brand, range, [...SOURCES]).then(async (bands) => {
      await metrics;
      if (!isLast()) return;
      this.#bands = bands;
      this.#set({ numbers: numbersOf(this.#points, bands), banded: true });
    });
    const anomalies = this.state.polling ? this.#loadAnomalies(view.brand) : Promise.resolve();
    const ended = await Promise.allSettled([metrics, expectations, anomalies]);
    const failed = ended.find((each) => each.status === "rejected");
    if (!isLast() || failed?.status !== "rejected") return;
    this.#failed(failed.reason);
  }

  async #loadAnomalies(brandId: string): Promise<void> {
    const anomalies = await this.api.anomalies(brandId, NEWEST);
    if (brandId === this.state.view.brand) this.#set({ anomalies });
  }

  #failed(error: unknown): void {
    if (error instanceof Refusal) {
      this.#set({ failure: error.problem, retryAfterS: error.retryAfterS, unreachable: false });
    } else if (error instanceof Unreachable) {
      this.#set({ unreachable: true });
    } else {
      throw error;
    }
  }

  #tick(): void {
    const moved = this.state.view.from === null && this.state.numbersOf !== this.#key();
    if (this.state.polling || moved || this.state.unreachable) this.refresh();
    else this.#set({}); // ages are told anew
  }

  #poll(): void {
    if (this.state.polling) return;
    this.#set({ polling: true });
    this.refresh();
  }

  #waitFor(came: () => boolean, otherwise: () => void): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => !came() && otherwise(), PATIENCE_MS) as unknown as number;
  }

  #key(): string {
    return `${this.state.view.brand} ${JSON.stringify(this.range)}`;
  }

  #leave(): void {
    this.#stops.splice(0).forEach((stop) => stop());
    this.#unwatch();
    this.#unwatch = () => undefined;
    clearTimeout(this.#patience);
    this.#watched = "";
    this.#openOf = "";
    this.#asked += 1;
  }

  #set(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    if (this.#told) return;
    this.#told = true;
    queueMicrotask(() => {
      this.#told = false;
      this.#ears.forEach((told) => told());
    });
  }
}
