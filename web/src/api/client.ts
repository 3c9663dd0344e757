/** The API: typed from its description, with what is known already never sent again. */
import createClient from "openapi-fetch";
import type { paths } from "./schema";
import type { Addresses, Anomaly, Backtest, Expectation, Period, Platform, Point, Problem, Result, Saving, Source, Validation } from "./types";

/** The API said no; `problem` is what it said. */
export class Refusal extends Error {
  constructor(
    readonly problem: Problem,
    readonly retryAfterS: number | null = null,
  ) {
    super(problem.title);
  }
}

/** Nobody answered: no network, or no server. */
export class Unreachable extends Error {}

export interface Range {
  start: string;
  end: string;
  period: Period;
}

export interface Access {
  /** Returns the caller's ID token; null where none is needed. */
  token(fresh?: boolean): Promise<string | null>;
  /** Set in mock mode: the picture to show. */
  scenario?: string;
  fetch?: (request: Request) => Promise<Response>;
}

const TIMEOUT_MS = 20_000;
const BACKTEST_MS = 60_000;
const REMEMBERED = 24;

/** Months are judged anew in a backtest; all else is read. */
function timeoutOf(request: Request): number {
  return new URL(request.url).pathname.endsWith("/backtest") ? BACKTEST_MS : TIMEOUT_MS;
}

export class Api {
  readonly #client;
  readonly #known = new Map<string, { etag: string; body: string }>();

  constructor(private readonly access: Access) {
    this.#client = createClient<paths>({ baseUrl: location.origin, fetch: (request) => this.#ask(request) });
  }

  async metrics(brandId: string, range: Range, sources: Source[]): Promise<Point[]> {
    const query = { brandId, startDate: range.start, endDate: range.end, period: range.period, source: sources };
    const { data } = await this.#client.GET("/api/performance/metrics", { params: { query: { ...query, ...this.#mock() } } });
    return data ?? [];
  }

  async expectations(brandId: string, range: Range, sources: Source[]): Promise<Expectation[]> {
    const query = { brandId, startDate: range.start, endDate: range.end, period: range.period, source: sources };
    const { data } = await this.#client.GET("/api/performance/expectations", {
      params: { query: { ...query, ...this.#mock() } },
    });
    return data ?? [];
  }

  async anomalies(brandId: string, limit: number): Promise<Anomaly[]> {
    const { data } = await this.#client.GET("/api/performance/anomalies", {
      params: { query: { brandId, limit, ...this.#mock() } },
    });
    return data ?? [];
  }

  async backtest(brandId: string, days: number): Promise<Backtest> {
    const { data } = await this.#client.GET("/api/performance/backtest", {
      params: { query: { brandId, days, ...this.#mock() } },
    });
    return data as Backtest;
  }

  async validate(body: Validation): Promise<Result> {
    const { data } = await this.#client.POST("/api/performance/integrations/validate", {
      params: { query: this.#mock() },
      body,
    });
    return data as Result;
  }

  async connect(body: Validation): Promise<Result> {
    const { data } = await this.#client.PUT("/api/performance/integrations", { params: { query: this.#mock() }, body });
    return data as Result;
  }

  async disconnect(brandId: string, platform: Platform): Promise<Result> {
    const { data } = await this.#client.DELETE("/api/performance/integrations", {
      params: { query: { brandId, platform, ...this.#mock() } },
    });
    return data as Result;
  }

  async addresses(brandId: string): Promise<Addresses> {
    const { data } = await this.#client.GET("/api/performance/notifications", {
      params: { query: { brandId, ...this.#mock() } },
    });
    return data as Addresses;
  }

  async saveAddresses(body: Saving): Promise<Addresses> {
    const { data } = await this.#client.PUT("/api/performance/notifications", { params: { query: this.#mock() }, body });
    return data as Addresses;
  }

  #mock(): object {
    return this.access.scenario === undefined ? {} : { mock: "true", scenario: this.access.scenario };
  }

  async #ask(request: Request): Promise<Response> {
    const answer = await this.#sent(request, await this.access.token());
    // A token may have ended between two looks at the clock: once more, with a new one.
    const last = answer.status === 401 ? await this.#sent(request, await this.access.token(true)) : answer;
    if (last.ok || last.status === 304) return this.#remembered(request, last);
    const wait = Number(last.headers.get("Retry-After"));
    throw new Refusal(await problemOf(last), Number.isFinite(wait) && wait > 0 ? wait : null);
  }

  async #sent(asked: Request, token: string | null): Promise<Response> {
    const request = new Request(asked.clone(), { signal: AbortSignal.timeout(timeoutOf(asked)) });
    if (token !== null) request.headers.set("Authorization", `Bearer ${token}`);
    const known = this.#known.get(asked.url);
    if (asked.method === "GET" && known) request.headers.set("If-None-Match", known.etag);
    try {
      return await (this.access.fetch ?? fetch)(request);
    } catch (error) {
      throw new Unreachable(String(error));
    }
  }

  async #remembered(request: Request, answer: Response): Promise<Response> {
    const known = this.#known.get(request.url);
    if (answer.status === 304 && known) return new Response(known.body, { headers: { "Content-Type": "application/json" } });
    const etag = answer.headers.get("ETag");
    if (request.method !== "GET" || etag === null) return answer;
    const body = await answer.text();
    this.#known.delete(request.url);
    this.#known.set(request.url, { etag, body });
    const oldest = this.#known.keys().next().value;
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    return new Response(body, { status: answer.status, headers: answer.headers });
  }
}

/** Reads a problem document; what is none (a proxy's page) becomes one. */
async function problemOf(answer: Response): Promise<Problem> {
  const requestId = answer.headers.get("X-Request-Id") ?? "";
  try {
    const body: unknown = await answer.json();
    if (typeof body === "object" && body !== null && "code" in body) return body as Problem;
  } catch {
    // Not JSON: said below in our own words.
  }
  return { type: "about:blank", title: answer.statusText || "Error", status: answer.status, code: "unreadable", requestId };
}
