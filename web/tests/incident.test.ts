import assert from "node:assert/strict";
import { test } from "node:test";
import { incidentsOf, riskOf } from "../src/core/incident";
import { anomaly } from "./made";

const money = (amount: number) => ({ moneyAtRisk: { amount, currency: "BRL" } });

test("money of several alerts about one hour is counted once, the dearest", () => {
  const hours = [anomaly(10, money(100)), anomaly(10, { metricType: "cac", ...money(80) }), anomaly(11, money(50))];

  assert.equal(riskOf(hours), 150);
});

test("a window's money is spread over its hours", () => {
  const wide = anomaly(12, { metricType: "roas", windowHours: 6, ...money(600) });

  assert.equal(riskOf([wide, anomaly(12, money(90))]), 600);
  assert.equal(riskOf([wide, anomaly(12, money(150))]), 650);
});

test("good news risks nothing", () => {
  assert.equal(riskOf([anomaly(1, { direction: "favourable" })]), 0);
});

test("what is answered or good is no incident", () => {
  const found = incidentsOf([
    anomaly(1, { status: "resolved" }),
    anomaly(2, { status: "ignored" }),
    anomaly(3, { direction: "favourable" }),
  ]);

  assert.deepEqual(found, []);
});

test("a source's metrics and the sum of all sources tell of one shock once, and the source speaks", () => {
  const found = incidentsOf([
    anomaly(10, { source: "aggregated", ...money(500) }),
    anomaly(10, { metricType: "spend", ...money(300) }),
    anomaly(10, { metricType: "cpc", ...money(200) }),
  ]);

  assert.equal(found.length, 1);
  assert.equal(found[0]?.lead.source, "meta");
  assert.equal(found[0]?.members.length, 3);
});

test("two sources' own troubles, and two days', stay apart, the dearest first", () => {
  const found = incidentsOf([
    anomaly(10, money(10)),
    anomaly(10, { source: "google", ...money(30) }),
    anomaly(50, money(20)),
  ]);

  assert.deepEqual(found.map((each) => each.risk), [30, 20, 10]);
});

test("alerts of one incident id are one, whatever they are about", () => {
  const found = incidentsOf([anomaly(1, { incidentId: "i" }), anomaly(9, { incidentId: "i", source: "google" })]);

  assert.equal(found.length, 1);
});
