/** Mock mode's backend: a made-up brand in every state the page can be in; its numbers are the API's own. */
import type { Anomaly, Point, Source } from "../api/types";
import type { Answer, Backend, Brand, Config, Connection, Ears, Freshness } from "./backend";

const NOW = Date.UTC(2026, 0, 29, 18);
const HOUR = 3_600_000;
const LATER = 2 * HOUR;

/** Scenarios that the API has no numbers of, and those it lends them. */
const LENT: Record<string, string> = {
  loading: "healthy",
  "no-integration": "empty",
  "no-data": "healthy",
  partial: "stale",
  error: "healthy",
  forbidden: "healthy",
  offline: "drop",
  "signed-out": "empty",
};

const BRANDS: Brand[] = [
  { id: "aurora", name: "Aurora", zone: "America/Sao_Paulo", currency: "BRL", locale: "pt-BR" },
  { id: "boreal", name: "Boreal", zone: "America/Sao_Paulo", currency: "BRL", locale: "pt-BR" },
];

export function mock(scenario: string): Backend {
  const answers = new Map<string, Answer>();
  let config = configOf(scenario);
  let ears: Ears | null = null;
  let away = false;

  return {
    live: false,
    scenario: LENT[scenario] ?? scenario,
    now: () => (away ? NOW + LATER : NOW),
    token: () => Promise.resolve(null),
    session: (told) => {
      told(scenario === "signed-out" ? null : { uid: "mock", email: "mock@aurora.example" });
      return () => undefined;
    },
    signIn: () => Promise.reject(new Error("nobody signs in to a mock")),
    signOut: () => Promise.resolve(),
    brands: (_uid, told) => {
      told(BRANDS);
      return () => undefined;
    },
    open: () => () => undefined,
    watch: (_brandId, _period, _months, to) => {
      ears = to;
      to.config(config);
      to.freshness(freshnessOf(scenario));
      return () => {
        ears = null;
      };
    },
    openOf: (_brandId, { members }) => Promise.resolve(members.map((each) => each.id)),
    answer: (_brandId, ids, answer) => {
      for (const id of ids) answers.set(id, answer);
      return Promise.resolve();
    },
    saveSettings: (_brandId, settings) => {
      config = { ...config, settings };
      ears?.config(config);
      return Promise.resolve();
    },
    fetch: async (request) => {
      const path = new URL(request.url).pathname;
      if (scenario === "loading") return new Promise(() => undefined);
      if (away) throw new TypeError("no network here");
      if (scenario === "error") return refusal(503, "Try again later", "unavailable", { "Retry-After": "30" });
      if (scenario === "forbidden") return refusal(403, "Not allowed", "forbidden");
      const asked = new Request(request);
      asked.headers.delete("If-None-Match"); // the answer is changed below, so it is kept by nobody
      const answer = await fetch(asked);
      if (!answer.ok || request.method !== "GET") return answer;
      const body: unknown = await answer.json();
      if (path.endsWith("/anomalies")) return json((body as Anomaly[]).map((each) => told(each, answers)));
      if (path.endsWith("/metrics") && scenario === "no-data") return json((body as Point[]).filter(isOutsideGap));
      if (path.endsWith("/expectations") && scenario === "offline") {
        setTimeout(() => {
          away = true;
          ears?.numbers();
        }, 400);
      }
      return json(body);
    },
  };
}

function told(anomaly: Anomaly, answers: Map<string, Answer>): Anomaly {
  const answer = answers.get(anomaly.id);
  if (!answer) return anomaly;
  const { status, snoozedUntil } = answer;
  return { ...anomaly, status, ...(snoozedUntil === null ? {} : { snoozedUntil: new Date(snoozedUntil).toISOString() }) };
}

function isOutsideGap(point: Point): boolean {
  const ago = NOW - Date.parse(point.timestamp);
  return ago <= 20 * HOUR || ago > 30 * HOUR;
}

function configOf(scenario: string): Config {
  const none = scenario === "empty" || scenario === "no-integration";
  const connection = (platform: Connection["platform"], accountId: string): Connection => ({
    platform,
    accountId,
    status: "active",
    problem: null,
    expiresAt: null,
  });
  const connections = none
    ? []
    : [connection("meta_ads", "900100200300"), connection("google_ads", "1234567890"), connection("ga4", "345678901")];
  if (scenario === "token-dead" && connections[0]) {
    connections[0] = { ...connections[0], status: "error", problem: "credential_expired" };
  }
  const notificationChannels = none ? ["dashboard"] : ["dashboard", "email", "slack"];
  return { connections, settings: { enabled: true, sensitivity: "medium", notificationChannels } };
}

function freshnessOf(scenario: string): Freshness[] {
  if (scenario === "empty" || scenario === "no-integration") return [];
  const until = (source: Source, hours: number, problem: string | null = null): Freshness => ({
    source,
    dataUntil: NOW - hours * HOUR,
    staleAt: NOW + (hours > 6 ? -HOUR : 3 * HOUR),
    nextAttemptAt: NOW + HOUR / 4,
    problem,
  });
  switch (scenario) {
    case "stale":
      return [until("meta", 0.7), until("google", 8), until("organic", 4)];
    case "partial":
      return [until("meta", 0.7), until("google", 8, "platform_unavailable"), until("organic", 4)];
    case "token-dead":
      return [until("meta", 24, "credential_expired"), until("google", 3), until("organic", 4)];
    default:
      return [until("meta", 0.7), until("google", 3), until("organic", 4)];
  }
}

function json(body: unknown): Response {
  return new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
}

function refusal(status: number, title: string, code: string, headers: Record<string, string> = {}): Response {
  const requestId = "0123456789abcdef0123456789abcdef";
  return new Response(JSON.stringify({ type: "about:blank", title, status, code, requestId }), {
    status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });
}
