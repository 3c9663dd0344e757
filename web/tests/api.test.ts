import assert from "node:assert/strict";
import { test } from "node:test";

Object.assign(globalThis, { location: { pathname: "/", origin: "https://room.example" } });
const { Api, Refusal, Unreachable } = await import("../src/api/client");

const RANGE = { start: "2026-01-01", end: "2026-01-02", period: "daily" as const };

/** An API whose server answers in turn, and what it was asked. */
function api(...answers: (Response | Error)[]) {
  const asked: Request[] = [];
  const made = new Api({
    token: (fresh) => Promise.resolve(fresh ? "new" : "old"),
    fetch: (request) => {
      asked.push(request);
      const next = answers.shift();
      return next instanceof Response ? Promise.resolve(next) : Promise.reject(next ?? new Error("asked too often"));
    },
  });
  return { asked, read: () => made.metrics("aurora", RANGE, ["meta"]) };
}

test("what is known is asked for by its tag, and not sent again", async () => {
  const { asked, read } = api(Response.json([{ id: "one" }], { headers: { ETag: '"a"' } }), new Response(null, { status: 304 }));

  const [first, second] = [await read(), await read()];

  assert.deepEqual(second, first);
  assert.equal(asked[1]?.headers.get("If-None-Match"), '"a"');
});

test("a token that ended is renewed once", async () => {
  const { asked, read } = api(new Response("{}", { status: 401 }), Response.json([]));

  await read();

  assert.deepEqual(asked.map((each) => each.headers.get("Authorization")), ["Bearer old", "Bearer new"]);
});

test("a refusal carries what the server said and how long it wants to be left alone", async () => {
  const problem = { type: "about:blank", title: "Too many requests", status: 429, code: "too_many", requestId: "r" };
  const { read } = api(Response.json(problem, { status: 429, headers: { "Retry-After": "7" } }));

  await assert.rejects(read, (error) => error instanceof Refusal && error.problem.code === "too_many" && error.retryAfterS === 7);
});

test("a page that is no problem document is still a refusal", async () => {
  const { read } = api(new Response("<html>", { status: 502, statusText: "Bad Gateway", headers: { "X-Request-Id": "r9" } }));

  await assert.rejects(read, (error) => error instanceof Refusal && error.problem.requestId === "r9");
});

test("nobody there is told apart from somebody who refuses", async () => {
  const { read } = api(new TypeError("no network"));

  await assert.rejects(read, Unreachable);
});
