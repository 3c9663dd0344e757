import type { Incident } from "../core/incident";
import { incidentsOf } from "../core/incident";
import { knownOf } from "../core/freshness";
import { PARTS } from "../api/types";
import { useRoom } from "./context";
import { Severity } from "./Severity";
import { leading, opened, sentenceOf } from "./sentence";

const MOST = 3;

export function NowStrip() {
  const room = useRoom();
  const { words, anomalies, config, freshness, format } = room.state;
  if (anomalies === null) return <section class="now skeleton" aria-label={words.incidents} />;
  const { awake, asleep } = incidentsOf(anomalies, room.backend.now());
  if (awake.length === 0) {
    const ages = PARTS.map((source) => knownOf(source, config, freshness, room.backend.now())).flatMap((each) =>
      each.ageMs === null ? [] : [each.ageMs],
    );
    const asOf = ages.length > 0 ? room.backend.now() - Math.min(...ages) : null;
    return (
      <section class="now" aria-label={words.incidents}>
        <p class="peace">
          <span class="dot good" aria-hidden="true" />
          {asOf === null ? words.noIncidentYet : words.noIncident(format.moment(asOf))}
        </p>
        <Asleep count={asleep.length} />
      </section>
    );
  }
  return (
    <section class="now" aria-label={words.incidents}>
      <ol>
        {awake.slice(0, MOST).map((incident) => (
          <One key={incident.id} incident={incident} />
        ))}
      </ol>
      {awake.length > MOST && (
        <a class="more" href="#inbox">
          {words.more(awake.length - MOST)}
        </a>
      )}
      <Asleep count={asleep.length} />
    </section>
  );
}

function Asleep({ count }: { count: number }) {
  const room = useRoom();
  if (count === 0) return null;
  return (
    <button type="button" class="link more" onClick={() => room.go({ status: "snoozed" }, true)}>
      {room.state.words.asleep(count)}
    </button>
  );
}

function One({ incident }: { incident: Incident }) {
  const room = useRoom();
  const { words, format, view } = room.state;
  const { lead, members } = incident;
  const driver = leading(lead, words, format);
  return (
    <li class={`incident ${lead.severity}${members.some((each) => each.id === view.anomaly) ? " chosen" : ""}`}>
      <div class="incident-text">
        <Severity of={lead.severity} />
        <p class="sentence">
          {sentenceOf(lead, words, format)} {driver}
        </p>
        <p class="stake">
          {incident.risk > 0 && <b>{words.atRisk(format.money(incident.risk, incident.currency))}</b>}
          <span>
            {words.since(format.ago(room.backend.now() - incident.since))}
            {members.length > 1 && ` · ${words.related(members.length - 1)}`}
          </span>
        </p>
      </div>
      <div class="actions">
        <button type="button" class="primary" onClick={() => opened(room, lead)}>
          {words.explain}
        </button>
        <button type="button" aria-pressed={members.every((each) => each.status === "investigating")} onClick={() => void room.setStatus(incident, "investigating")}>
          {words.investigate}
        </button>
        <button type="button" title={words.snoozeHint} onClick={() => void room.snooze(incident)}>
          {words.snooze}
        </button>
        <button type="button" onClick={() => void room.setStatus(incident, "resolved")}>
          {words.resolve}
        </button>
        <button type="button" onClick={() => void room.setStatus(incident, "ignored")}>
          {words.ignore}
        </button>
      </div>
    </li>
  );
}
