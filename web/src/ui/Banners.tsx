/** What stands between the reader and the numbers, or what she should know before believing them. */
import type { ComponentChildren } from "preact";
import { PARTS, SOURCES } from "../api/types";
import { knownOf } from "../core/freshness";
import { seriesOf } from "../core/series";
import { useRoom } from "./context";
import type { Stage } from "./stage";

const LEARNED_DAYS = 14;
const DAY_S = 86_400;
const FIRST_BUCKETS = 24;

export function Banners({ stage }: { stage: Stage }) {
  const room = useRoom();
  const { words, view, failure, retryAfterS, unreachable, loadedAt, polling, numbers, person } = room.state;
  const told = words.banner;
  return (
    <div class="banners">
      {view.mock && (
        <Banner kind="note" name="mock">
          {told.mock(view.scenario)}
        </Banner>
      )}
      {stage === "forbidden" && (
        <Banner kind="bad" name="forbidden" title={told.forbiddenTitle}>
          {told.forbiddenText} <Ticket />
        </Banner>
      )}
      {stage === "nobody" && (
        <Banner kind="note" name="nobody">
          {words.noBrand}
        </Banner>
      )}
      {stage === "empty" && (
        <Banner kind="note" name="empty" title={told.emptyTitle}>
          {told.emptyText}
        </Banner>
      )}
      {failure && failure.status !== 403 && (
        <Banner kind="bad" name="error" title={told.errorTitle}>
          {told.statuses[failure.status] ?? failure.title}
          {failure.detail && ` (${failure.detail})`}. {numbers && told.errorOld} <Ticket />{" "}
          <button type="button" onClick={() => room.refresh()}>
            {retryAfterS === null ? told.retry : told.retryIn(retryAfterS)}
          </button>
        </Banner>
      )}
      {unreachable && person && (
        <Banner kind="warn" name="offline">
          {loadedAt === null ? told.unreachable : told.offline(room.state.format.ago(room.backend.now() - loadedAt))}
        </Banner>
      )}
      {polling && room.backend.live && !unreachable && (
        <Banner kind="warn" name="poll">
          {told.poll}
        </Banner>
      )}
      {stage === "shown" && <Sources />}
      {stage === "shown" && <Doubts />}
    </div>
  );
}

/** What is wrong with single sources. */
function Sources() {
  const room = useRoom();
  const { words, config, freshness, format } = room.state;
  const told = words.banner;
  if (config === null) return null;
  return (
    <>
      {PARTS.map((source) => {
        const known = knownOf(source, config, freshness, room.backend.now());
        const name = words.sources[source];
        const problem = words.problems[known.problem ?? ""] ?? known.problem ?? "";
        if (known.state === "dead") {
          return (
            <Banner key={source} kind="bad" name="dead">
              {told.dead(name, problem)}{" "}
              <button type="button" onClick={() => room.go({ panel: "integrations" })}>
                {words.reconnect}
              </button>
            </Banner>
          );
        }
        if (known.state === "trouble") {
          const next = known.nextAttemptAt === null ? "" : words.nextAttempt(format.clock(known.nextAttemptAt));
          return (
            <Banner key={source} kind="warn" name="partial">
              {told.partial(name, problem)} {next}
            </Banner>
          );
        }
        if (known.state === "stale") {
          return (
            <Banner key={source} kind="warn" name="stale">
              {told.stale(name, format.ago(known.ageMs ?? 0))}
            </Banner>
          );
        }
        return null;
      })}
    </>
  );
}

/** What the numbers themselves leave open: too little known, or nothing at all for a while. */
function Doubts() {
  const room = useRoom();
  const { words, numbers, format, view } = room.state;
  if (numbers === null || !room.ready) return null;
  if (numbers.points.size === 0) {
    return (
      <Banner kind="note" name="no-data">
        {words.banner.noData}
      </Banner>
    );
  }
  const has = (time: number) => SOURCES.some((source) => numbers.points.has(`${source} ${time}`));
  const known = numbers.times.filter(has);
  const [first, last] = [known[0] ?? 0, known.at(-1) ?? 0];
  const hole = numbers.times.filter((time) => time > first && time < last && !has(time));
  const hasBand = (time: number) => Object.keys(numbers.bands.get(`aggregated ${time}`)?.metrics ?? {}).length > 0;
  const young = view.period === "hourly" && numbers.bands.size > 0 && !known.slice(0, FIRST_BUCKETS).some(hasBand);
  const step = (numbers.times[1] ?? 0) - (numbers.times[0] ?? 0);
  const value = seriesOf(numbers, view.source, view.metric).value;
  return (
    <>
      {young && (
        <Banner kind="note" name="learning">
          {words.banner.learning(Math.ceil((last - first) / DAY_S), LEARNED_DAYS)}
        </Banner>
      )}
      {hole.length > 1 && value.length > 0 && (
        <Banner kind="note" name="gap">
          {words.banner.gap(format.bucket((hole[0] ?? 0) * 1000, view.period), format.bucket(((hole.at(-1) ?? 0) + step) * 1000, view.period))}
        </Banner>
      )}
    </>
  );
}

function Ticket() {
  const { words, failure } = useRoom().state;
  if (!failure?.requestId) return null;
  return (
    <span class="ticket">
      {words.banner.requestId} <code>{failure.requestId}</code>
    </span>
  );
}

interface BannerProps {
  kind: "note" | "warn" | "bad";
  name: string;
  title?: string;
  children: ComponentChildren;
}

function Banner({ kind, name, title, children }: BannerProps) {
  return (
    <div class={`banner ${kind}`} data-banner={name} role={kind === "bad" ? "alert" : "status"}>
      {title && <strong>{title}. </strong>}
      {children}
    </div>
  );
}
