/** What the page reads and writes beside the API: sign-in, brands, settings, freshness, anomalies as they come. */
import type { Anomaly, Period, Platform, Sensitivity, Source, Status } from "../api/types";
import type { Incident } from "../core/incident";

export interface Person {
  uid: string;
  email: string;
}

export interface Brand {
  id: string;
  name: string;
  zone: string;
  currency: string;
  locale: string;
}

export interface Connection {
  platform: Platform;
  accountId: string;
  status: "active" | "error" | "disconnected";
  problem: string | null;
  expiresAt: number | null;
}

export interface Settings {
  enabled: boolean;
  sensitivity: Sensitivity;
  notificationChannels: string[];
}

export interface Config {
  connections: Connection[];
  settings: Settings;
}

/** What a person says to an alert; what is put off comes back then, or when it gets worse. */
export interface Answer {
  status: Exclude<Status, "new">;
  /** In milliseconds since 1970; null where nothing is put off. */
  snoozedUntil: number | null;
}

/** Moments in milliseconds since 1970. */
export interface Freshness {
  source: Source;
  dataUntil: number | null;
  staleAt: number | null;
  nextAttemptAt: number | null;
  problem: string | null;
}

export interface Ears {
  config(config: Config): void;
  freshness(known: Freshness[]): void;
  anomalies(found: Anomaly[]): void;
  /** Numbers changed: they are to be read again. */
  numbers(): void;
  /** Listening ended; `denied` when the rules say no. */
  lost(denied: boolean): unknown;
}

export type Stop = () => void;

export interface Backend {
  /** Returns the present moment, in milliseconds; mock mode's clock stands still. */
  now(): number;
  token(fresh?: boolean): Promise<string | null>;
  session(told: (person: Person | null) => void): Stop;
  signIn(email: string, password: string): Promise<void>;
  signOut(): Promise<void>;
  brands(uid: string, told: (brands: Brand[]) => void): Stop;
  /** Tells of every brand's open anomalies, for the money at risk beside its name. */
  open(brandIds: string[], told: (brandId: string, open: Anomaly[]) => void): Stop;
  watch(brandId: string, period: Period, months: string[], ears: Ears): Stop;
  answer(brandId: string, anomalyIds: string[], answer: Answer): Promise<void>;
  /** Returns the ids of all that is open of an incident, also of what is too old to be listened to. */
  openOf(brandId: string, incident: Incident): Promise<string[]>;
  saveSettings(brandId: string, settings: Settings): Promise<void>;
  /** True where what is listened to arrives by itself; else the API is polled. */
  readonly live: boolean;
  readonly scenario?: string;
  readonly fetch?: (request: Request) => Promise<Response>;
}
