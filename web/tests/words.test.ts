import assert from "node:assert/strict";
import { test } from "node:test";
import { en } from "../src/i18n/en";
import { ptBR } from "../src/i18n/pt-BR";

type Tree = { [name: string]: unknown };

function names(tree: Tree, path = ""): string[] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === "object" && value !== null ? names(value as Tree, `${path}${name}.`) : [`${path}${name}`],
  );
}

test("every language says everything", () => {
  assert.deepEqual(names(ptBR), names(en));
});
