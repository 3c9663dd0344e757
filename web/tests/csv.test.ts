import assert from "node:assert/strict";
import { test } from "node:test";
import { csv } from "../src/core/csv";

test("Brazilian spreadsheets get semicolons and decimal commas, others commas and points", () => {
  assert.equal(csv([["a", 1.5, null]], "pt-BR"), "\uFEFFa;1,5;\r\n");
  assert.equal(csv([["a", 1.5, null]], "en"), "\uFEFFa,1.5,\r\n");
});

test("a text that a spreadsheet would run is only shown, and a number stays one", () => {
  for (const text of ["=1+1", "+1", "-1", "@a", "\t=1"]) assert.ok(csv([[text]], "en").includes(`'${text}`));
  assert.equal(csv([[-1.5]], "en"), "\uFEFF-1.5\r\n");
});

test("what separates cells is quoted where it stands in one", () => {
  assert.equal(csv([['say "a;b"']], "en"), '\uFEFF"say ""a;b"""\r\n');
});
