import assert from "node:assert/strict";
import { test } from "node:test";
import type { Anomaly } from "../src/api/types";
import { Format } from "../src/core/format";
import { incidentsOf, morningAfter, riskOf } from "../src/core/incident";
import { HOUR, START, anomaly, moment } from "./made";

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
  const found = incidentsOf(
    [anomaly(1, { status: "resolved" }), anomaly(2, { status: "ignored" }), anomaly(3, { direction: "favourable" })],
    START,
  );

  assert.deepEqual(found, { awake: [], asleep: [] });
});

test("two incidents stay apart, the dearest first, and what people heard of speaks", () => {
  const { awake } = incidentsOf(
    [
      anomaly(10, { incidentId: "a", told: false, ...money(10) }),
      anomaly(11, { incidentId: "a", severity: "warning", ...money(5) }),
      anomaly(10, { incidentId: "b", source: "google", ...money(30) }),
    ],
    START,
  );

  assert.deepEqual(awake.map((each) => [each.id, each.risk, each.lead.told]), [["b", 30, true], ["a", 15, true]]);
});

test("a source speaks before the sum of all, and of its metrics the one that is nearest to what moved", () => {
  const one = { incidentId: "a" };
  const blend = anomaly(10, { ...one, source: "aggregated" });
  const { awake } = incidentsOf(
    [blend, anomaly(11, { ...one, told: false, metricType: "spend", ...money(900) }), anomaly(11, { ...one, told: false })],
    START,
  );

  assert.deepEqual([awake[0]?.lead.source, awake[0]?.lead.metricType], ["meta", "cpc"]);
});

test("what is put off sleeps until its time, or until people are told of something worse", () => {
  const asleep = { snoozedUntil: moment(20) };
  const put = [anomaly(1, asleep), anomaly(2, { incidentId: anomaly(1).id, told: false })];
  const count = (found: Anomaly[], hour: number) => incidentsOf(found, START + hour * HOUR).awake.length;

  assert.equal(count(put, 19), 0);
  assert.equal(incidentsOf(put, START).asleep.length, 1);
  assert.equal(count(put, 20), 1);
  assert.equal(count([...put, anomaly(3, { incidentId: anomaly(1).id })], 19), 1);
});

test("the morning is the brand's", () => {
  const format = new Format("en", "America/Sao_Paulo", "BRL");

  assert.equal(morningAfter(Date.UTC(2026, 0, 29, 18), format), Date.UTC(2026, 0, 30, 12));
  assert.equal(morningAfter(Date.UTC(2026, 0, 30, 4), format), Date.UTC(2026, 0, 30, 12));
  assert.equal(morningAfter(Date.UTC(2026, 0, 30, 7), format), Date.UTC(2026, 0, 31, 12));
  assert.equal(morningAfter(START, new Format("en", "Asia/Kolkata", "INR")), Date.UTC(2026, 0, 30, 3, 30));
});

test("alerts of one incident id are one, whatever they are about", () => {
  const found = incidentsOf([anomaly(1, { incidentId: "i" }), anomaly(9, { incidentId: "i", source: "google" })], START);

  assert.equal(found.awake.length, 1);
});
