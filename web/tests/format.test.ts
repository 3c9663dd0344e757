import assert from "node:assert/strict";
import { test } from "node:test";
import { Format } from "../src/core/format";

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");
const brazilian = new Format("pt-BR", "America/Sao_Paulo", "BRL");
const english = new Format("en", "America/New_York", "USD");

test("money names its currency in the reader's spelling, and no dollar stands alone", () => {
  assert.equal(plain(brazilian.figure("spend", 1234.5)), "R$ 1.234,50");
  assert.equal(plain(new Format("pt-BR", "UTC", "USD").figure("spend", 1234.5)), "US$ 1.234,50");
  assert.equal(plain(english.figure("spend", 1234.5)), "US$1,234.50");
  assert.equal(plain(new Format("en", "UTC", "BRL").figure("spend", 1234.5)), "R$1,234.50");
});

test("cents are left out where nobody reads them", () => {
  assert.equal(plain(brazilian.money(23185.4)), "R$ 23.185");
  assert.equal(plain(brazilian.figure("revenue", 0, true)), "R$ 0");
  assert.equal(plain(brazilian.figure("cpc", 0.5, true)), "R$ 0,50");
});

test("a click rate is a fraction and is shown in percent", () => {
  assert.equal(brazilian.figure("ctr", 0.0155), "1,55%");
});

test("what nobody knows is a dash, and nothing is nothing", () => {
  for (const unknown of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) assert.equal(english.figure("cpc", unknown), "—");
  assert.equal(english.figure("conversions", 0), "0");
  assert.equal(plain(english.figure("revenue", -12)), "-US$12.00");
});

test("a change is signed, and no change is not", () => {
  assert.equal(english.percent(0.827), "+82.7%");
  assert.equal(english.percent(-0.5), "−50%");
  assert.equal(english.percent(0), "0%");
  assert.equal(english.percent(null), "—");
});

test("a moment is told by the brand's clock, not the reader's", () => {
  const at = Date.UTC(2026, 0, 29, 2, 30);
  assert.match(brazilian.bucket(at, "hourly"), /28\/01.*23:30/);
  assert.match(english.bucket(at, "hourly"), /28\/01.*21:30/);
});

test("a day belongs to the brand's zone also where its clocks change", () => {
  const newYork = new Format("en", "America/New_York", "USD");
  assert.ok(newYork.isMidnight(Date.UTC(2026, 2, 8, 5)));
  assert.ok(newYork.isMidnight(Date.UTC(2026, 2, 9, 4)));
});

test("an age is told in its largest unit", () => {
  assert.deepEqual([0, 59, 61, 47 * 60, 72 * 60].map((minutes) => english.ago(minutes * 60_000)), ["0 min", "59 min", "1 h", "47 h", "3 d"]);
});
