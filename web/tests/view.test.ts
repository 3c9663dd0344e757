import assert from "node:assert/strict";
import { test } from "node:test";

Object.assign(globalThis, { location: { pathname: "/", origin: "https://room.example" } });
const { addressOf, viewOf } = await import("../src/core/view");

test("a view's address leads to the same view", () => {
  const asked =
    "?brand=aurora&from=2026-01-01T00%3A00%3A00Z&to=2026-01-02T00%3A00%3A00Z&period=daily&source=meta&metric=cpc&status=ignored" +
    "&severity=critical&origin=google&anomaly=an_1&q=bids&panel=tune&lang=en&mock=true&scenario=stale";
  const view = viewOf(asked, "pt-BR");

  assert.deepEqual(viewOf(addressOf(view).slice(1), "pt-BR"), view);
  assert.deepEqual(viewOf(addressOf(view, true).slice(1), "pt-BR"), view);
});

test("nonsense in an address is what would be there without it", () => {
  const usual = viewOf("", "en");

  assert.deepEqual(viewOf("?period=yearly&range=999d&metric=profit&source=tv&from=soon&to=later&status=x&panel=door", "en"), usual);
  assert.deepEqual(viewOf("?from=2026-01-02&to=2026-01-01", "en"), usual);
});
