import assert from "node:assert/strict";
import { test } from "node:test";
import { numbersOf, seriesOf, summaryOf, tail } from "../src/core/series";
import { expected, point } from "./made";

test("an hour that was expected and did not come is a gap, not nothing", () => {
  const numbers = numbersOf(
    [point(0, { spend: 10 }), point(2, { spend: 0 })],
    [0, 1, 2].map((hour) => expected(hour, "spend", 10)),
  );

  assert.deepEqual(seriesOf(numbers, "meta", "spend").value, [10, null, 0]);
});

test("what is named unavailable is a gap though the API writes 0", () => {
  assert.deepEqual(seriesOf(numbersOf([point(0, { spend: 10 })], []), "meta", "roas").value, [null]);
});

test("ratios are weighed with what they divide by", () => {
  const hours = [
    point(0, { cpc: 1, spend: 90 }, { volume: { clicks: 90 } }),
    point(1, { cpc: 11, spend: 110 }, { volume: { clicks: 10 } }),
  ];
  const usual = [expected(0, "cpc", 1), expected(1, "cpc", 1)];

  const found = summaryOf(seriesOf(numbersOf(hours, usual), "meta", "cpc"));

  assert.equal(found.value, 2);
  assert.equal(found.expected, 1);
  assert.equal(found.delta, 1);
});

test("value and expectation are of the same hours, and young hours are of neither", () => {
  const hours = [point(0, { spend: 10 }), point(1, { spend: 20 }), point(2, { spend: 500 }, { maturity: { spend: "fresh" } })];
  const usual = [0, 1, 2].map((hour) => expected(hour, "spend", 10));

  const found = summaryOf(seriesOf(numbersOf(hours, usual), "meta", "spend"));

  assert.deepEqual([found.value, found.expected, found.delta], [30, 20, 0.5]);
});

test("where too little is expected no change is told", () => {
  const hours = [0, 1, 2].map((hour) => point(hour, { spend: 10 }));

  const found = summaryOf(seriesOf(numbersOf(hours, [expected(0, "spend", 10)]), "meta", "spend"));

  assert.deepEqual([found.value, found.expected, found.delta], [30, null, null]);
});

test("a tail ends with the last hour that may be judged", () => {
  const hours = [0, 1, 2, 3].map((hour) => point(hour, { spend: hour }));
  const young = { ...hours[3]!, maturity: { spend: "fresh" as const } };

  const found = tail(seriesOf(numbersOf([...hours.slice(0, 3), young], []), "meta", "spend"), 2);

  assert.deepEqual(found.value, [1, 2]);
});
