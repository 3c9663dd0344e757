import { PARTS, PERIODS, SOURCES } from "../api/types";
import { knownOf, type Known } from "../core/freshness";
import { riskOf } from "../core/incident";
import { LANGUAGES, RANGES } from "../core/view";
import { useRoom } from "./context";
import { Segments } from "./Segments";
import { ThemeButton } from "./ThemeButton";

export function TopBar() {
  const room = useRoom();
  const { view, words, person } = room.state;
  return (
    <header class="top">
      <div class="bar">
        <h1 class="name">{words.title}</h1>
        {person && <Brands />}
        <span class="spring" />
        {person && (
          <button type="button" class="quiet" onClick={() => void copyLink(room)}>
            {words.share}
          </button>
        )}
        {person && (
          <button type="button" class="quiet" aria-haspopup="dialog" onClick={() => room.go({ panel: "tune" })}>
            {words.tune}
          </button>
        )}
        {person && (
          <button type="button" class="quiet" aria-haspopup="dialog" onClick={() => room.go({ panel: "integrations" })}>
            {words.integrations}
          </button>
        )}
        {person && (
          <button type="button" class="quiet" aria-haspopup="dialog" onClick={() => room.go({ panel: "notifications" })}>
            {words.notifications}
          </button>
        )}
        <Segments
          label={words.language}
          value={view.lang}
          options={LANGUAGES.map((lang) => [lang, lang === "pt-BR" ? "PT" : "EN", lang] as const)}
          chosen={(lang) => room.go({ lang }, true)}
        />
        <ThemeButton />
        <button type="button" class="quiet icon" aria-label={words.help} title={words.help} onClick={() => room.go({ panel: "help" })}>
          ?
        </button>
        {person && !view.mock && (
          <button type="button" class="quiet" onClick={() => void room.backend.signOut()}>
            {words.signOut}
          </button>
        )}
      </div>
      {person && (
        <div class="bar controls">
          <Range />
          <Segments
            label={words.periodName}
            value={view.period}
            options={PERIODS.map((period) => [period, words.periods[period]] as const)}
            chosen={(period) => room.go({ period })}
          />
          <Segments
            label={words.sourceName}
            value={view.source}
            options={SOURCES.map((source) => [source, words.sources[source]] as const)}
            chosen={(source) => room.go({ source })}
          />
          <span class="spring" />
          <Pills />
        </div>
      )}
    </header>
  );
}

function Brands() {
  const room = useRoom();
  const { brands, view, words, format, open, anomalies } = room.state;
  if (!brands || brands.length === 0) return null;
  const risk = (id: string) => riskOf(id === view.brand && anomalies ? anomalies.filter((each) => each.status === "new" || each.status === "investigating") : (open[id] ?? []));
  const own = view.brand === null ? 0 : risk(view.brand);
  const unknown = view.brand !== null && !brands.some((each) => each.id === view.brand);
  return (
    <label class="brand">
      <span class="sr">{words.brand}</span>
      <select value={view.brand ?? ""} onChange={(event) => room.go({ brand: event.currentTarget.value, anomaly: null })}>
        {unknown && <option value={view.brand ?? ""}>{view.brand}</option>}
        {brands.map((each) => (
          <option key={each.id} value={each.id}>
            {`${each.name} · ${risk(each.id) > 0 ? words.atRisk(format.money(risk(each.id), each.currency, true)) : words.calm}`}
          </option>
        ))}
      </select>
      {!unknown && <span class={own > 0 ? "dot bad" : "dot good"} aria-hidden="true" />}
    </label>
  );
}

function Range() {
  const room = useRoom();
  const { view, words, format } = room.state;
  const fixed = view.from !== null;
  const { start, end } = room.range;
  return (
    <div class="range">
      <button type="button" class="quiet icon" aria-label={words.earlier} title={`${words.earlier} [`} onClick={() => room.shift(-1)}>
        ‹
      </button>
      {fixed ? (
        <button type="button" class="quiet fixed" title={words.backToNow} onClick={() => room.go({ from: null, to: null })}>
          {format.span(Date.parse(start), Date.parse(end))} ×<span class="sr">{words.backToNow}</span>
        </button>
      ) : (
        <Segments
          label={words.rangeName}
          value={view.days}
          options={RANGES[view.period].map((days) => [days, words.range(days)] as const)}
          chosen={(days) => room.go({ days })}
        />
      )}
      <button type="button" class="quiet icon" aria-label={words.later} title={`${words.later} ]`} disabled={!fixed} onClick={() => room.shift(1)}>
        ›
      </button>
    </div>
  );
}

function Pills() {
  const room = useRoom();
  const { words, config, freshness, format } = room.state;
  if (config === null) return null;
  return (
    <ul class="pills" aria-label={words.freshness}>
      {PARTS.map((source) => knownOf(source, config, freshness, room.backend.now())).map((known) => (
        <li key={known.source} class={`pill ${known.state}`} title={titleOf(known)}>
          <span class="pill-mark" aria-hidden="true">
            {MARKS[known.state]}
          </span>
          {words.sources[known.source]} <b>{words.fresh[known.state](format.ago(known.ageMs ?? 0))}</b>
          {known.state === "dead" && (
            <button type="button" class="link" onClick={() => room.go({ panel: "integrations" })}>
              {words.reconnect}
            </button>
          )}
        </li>
      ))}
    </ul>
  );

  function titleOf(known: Known): string {
    const problem = known.problem === null ? "" : (words.problems[known.problem] ?? known.problem);
    const next = known.nextAttemptAt === null ? "" : words.nextAttempt(format.clock(known.nextAttemptAt));
    return [problem, next].filter(Boolean).join(" ");
  }
}

const MARKS = { off: "○", dead: "✕", trouble: "!", stale: "!", waiting: "…", maturing: "◔", fresh: "●" } as const;

async function copyLink(room: ReturnType<typeof useRoom>): Promise<void> {
  const link = room.shared();
  try {
    await navigator.clipboard.writeText(link);
    room.say(room.state.words.shared);
  } catch {
    prompt(room.state.words.shareByHand, link);
  }
}
