/** Begins: words, backend, page. What only a signed-in reader needs is loaded beside, not before. */
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./styles/tokens.css";
import "./styles/page.css";
import { Room } from "./core/room";
import { recalled, remember, wearTheme } from "./core/theme";
import { LANGUAGES, viewOf, type Language } from "./core/view";
import type { Backend } from "./data/backend";
import type { Where } from "./data/firebase";
import type { Words } from "./i18n/en";
import { App } from "./ui/App";

async function wordsOf(lang: Language): Promise<Words> {
  remember("lang", lang);
  return lang === "pt-BR" ? (await import("./i18n/pt-BR")).ptBR : (await import("./i18n/en")).en;
}

async function backendOf(mock: boolean, scenario: string): Promise<Backend> {
  if (mock) return (await import("./data/mock")).mock(scenario);
  const where = fetch("/__/firebase/init.json").then((answer) => answer.json() as Promise<Where>);
  const [{ firebase }, found] = await Promise.all([import("./data/firebase"), where]);
  return firebase(found);
}

function preferred(): Language {
  const wanted = [recalled("lang"), ...navigator.languages];
  const found = wanted.map((each) => LANGUAGES.find((lang) => each?.slice(0, 2).toLowerCase() === lang.slice(0, 2)));
  return found.find((lang) => lang !== undefined) ?? "pt-BR";
}

async function begin(): Promise<void> {
  wearTheme();
  const view = viewOf(location.search, preferred());
  document.documentElement.lang = view.lang;
  const [words, backend] = await Promise.all([wordsOf(view.lang), backendOf(view.mock, view.scenario)]);
  const room = new Room(backend, view, words, wordsOf);
  const root = document.getElementById("room");
  if (root) render(<App room={room} />, root);
  room.start();
}

begin().catch((error: unknown) => {
  console.error(error);
  const root = document.getElementById("room");
  if (root) root.textContent = "A War Room não pôde abrir. Recarregue a página. · The War Room could not open. Reload the page.";
});
