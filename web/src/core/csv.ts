/** CSV that a spreadsheet of the reader's country opens right, and that starts no formula. */
import type { Language } from "./view";

export type Cell = string | number | null;

export function csv(rows: readonly (readonly Cell[])[], lang: Language): string {
  const comma = lang === "pt-BR";
  const cell = (value: Cell) => {
    if (value === null) return "";
    if (typeof value === "number") return comma ? String(value).replace(".", ",") : String(value);
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[";,\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const text = rows.map((row) => row.map(cell).join(comma ? ";" : ",")).join("\r\n");
  return `\uFEFF${text}\r\n`;
}

export function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
