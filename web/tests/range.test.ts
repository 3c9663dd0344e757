import assert from "node:assert/strict";
import { test } from "node:test";
import { monthsOf, rangeOf, shifted } from "../src/core/range";
import { viewOf } from "../src/core/view";

const NOW = Date.UTC(2026, 0, 29, 17, 20);
const view = (search: string) => viewOf(search, "en");

test("hours end with the running one", () => {
  assert.deepEqual(rangeOf(view("?range=1d"), "America/Sao_Paulo", NOW), {
    start: "2026-01-28T18:00:00Z",
    end: "2026-01-29T17:59:59Z",
    period: "hourly",
  });
});

test("days are the brand's", () => {
  const late = Date.UTC(2026, 0, 30, 1);

  const { start, end } = rangeOf(view("?period=daily&range=14d"), "America/Sao_Paulo", late);

  assert.deepEqual([start, end], ["2026-01-16", "2026-01-29"]);
});

test("a step is half a range, and leads back", () => {
  const range = rangeOf(view("?range=3d"), "UTC", NOW);
  const earlier = shifted(range, -1);
  const back = shifted({ start: earlier.from, end: earlier.to, period: "hourly" }, 1);

  assert.equal(earlier.from, "2026-01-25T06:00:00Z");
  assert.deepEqual([back.from, back.to], [range.start, range.end]);
});

test("pages are listened to in the newest months, the coming one too", () => {
  assert.deepEqual(monthsOf(Date.UTC(2026, 0, 31, 23)), ["202602", "202601", "202512"]);
});
