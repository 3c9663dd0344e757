/** The words of the API, taken from its own description. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Anomaly = Schemas["PerformanceAnomaly"];
export type Point = Schemas["PerformanceMetric"];
export type Expectation = Schemas["Expectation"];
export type Backtest = Schemas["Backtest"];
export type Problem = Schemas["Problem"];
export type Result = Schemas["Result"];
export type Validation = Schemas["Validation"];
export type Addresses = Schemas["Addresses"];
export type Saving = Schemas["Saving"];

export type Metric = Point["data"] extends Record<infer K, number> ? K : never;
export type Source = Point["source"];
export type Period = Point["period"];
export type Status = Anomaly["status"];
export type Severity = Anomaly["severity"];
export type Platform = Validation["platform"];
export type Sensitivity = Backtest["sensitivity"];
export type Channel = keyof NonNullable<Addresses["tests"]>;

export const METRICS = ["spend", "revenue", "roas", "cac", "conversions", "ctr", "cpc"] as const satisfies readonly Metric[];
export const SOURCES = ["aggregated", "meta", "google", "organic"] as const satisfies readonly Source[];
export const PARTS = ["meta", "google", "organic"] as const satisfies readonly Source[];
export const PERIODS = ["hourly", "daily", "weekly"] as const satisfies readonly Period[];
export const PLATFORMS = ["meta_ads", "google_ads", "ga4"] as const satisfies readonly Platform[];
export const STATUSES = ["new", "investigating", "resolved", "ignored"] as const satisfies readonly Status[];
export const SEVERITIES = ["critical", "warning", "info"] as const satisfies readonly Severity[];
export const SENSITIVITIES = ["low", "medium", "high"] as const satisfies readonly Sensitivity[];

export const SOURCE_OF: Record<Platform, Source> = { meta_ads: "meta", google_ads: "google", ga4: "organic" };
export const PLATFORM_OF = { meta: "meta_ads", google: "google_ads", organic: "ga4" } as const;
