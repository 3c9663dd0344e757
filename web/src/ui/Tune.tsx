import { useEffect, useState } from "preact/hooks";
import { Refusal } from "../api/client";
import type { Backtest, Sensitivity } from "../api/types";
import { useRoom } from "./context";
import { Drawer } from "./Drawer";
import { Segments } from "./Segments";

const DAYS = [7, 30, 90] as const;

export function Tune() {
  const room = useRoom();
  const { words, view, config, format } = room.state;
  const [days, setDays] = useState<number>(30);
  const [found, setFound] = useState<Backtest | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const { brand } = view;
  useEffect(() => {
    let wanted = true;
    setFound(null);
    setWrong(null);
    if (brand === null) return;
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const ask = (left: number) => {
      room.api.backtest(brand, days).then(
        (backtest) => wanted && setFound(backtest),
        (error: unknown) => {
          if (!wanted) return;
          const wait = error instanceof Refusal ? error.retryAfterS : null;
          if (wait !== null && left > 0) waiting = setTimeout(() => ask(left - 1), wait * 1000);
          else setWrong(error instanceof Refusal ? `${error.problem.title} (${error.problem.requestId})` : words.signInAway);
        },
      );
    };
    ask(2);
    return () => {
      wanted = false;
      clearTimeout(waiting);
    };
  }, [room, brand, days]);
  const used = config?.settings.sensitivity;
  const use = async (sensitivity: Sensitivity) => {
    if (brand === null || !config) return;
    try {
      await room.backend.saveSettings(brand, { ...config.settings, sensitivity });
      room.say(words.tuneSaved);
    } catch {
      room.say(words.statusFailed);
    }
  };
  const most = Math.max(1, ...(found?.outcomes ?? []).map((each) => each.anomalies));
  return (
    <Drawer title={words.tuneTitle}>
      <p>{words.tuneText(days)}</p>
      <Segments<number> label={words.days} value={days} options={DAYS.map((each) => [each, words.range(each)] as const)} chosen={setDays} />
      {wrong !== null && (
        <p class="banner bad" role="alert">
          {wrong}
        </p>
      )}
      {found === null && wrong === null && (
        <p class="hint" role="status">
          {words.working}
        </p>
      )}
      <ul class="choices">
        {(found?.outcomes ?? []).map((outcome) => (
          <li key={outcome.sensitivity} class={outcome.sensitivity === used ? "choice used" : "choice"} data-sensitivity={outcome.sensitivity}>
            <div class="head">
              <h3>
                {words.sensitivities[outcome.sensitivity]} <small>{words.tuneBeyond(outcome.threshold)}</small>
              </h3>
              {outcome.sensitivity === used ? (
                <span class="status">{words.tuneNow}</span>
              ) : (
                <button type="button" onClick={() => void use(outcome.sensitivity)}>
                  {words.tuneUse}
                </button>
              )}
            </div>
            <span class="track" aria-hidden="true">
              <span class="fill calm" style={{ left: "0", width: `${(outcome.anomalies / most) * 100}%` }} />
            </span>
            <p>
              <b>{words.tuneAlerts(outcome.anomalies)}</b> · {words.tuneIncidents(outcome.incidents)} · {words.tuneMessages(outcome.notifications)} ·{" "}
              {words.atRisk(format.money(outcome.moneyAtRisk.amount, outcome.moneyAtRisk.currency))}
            </p>
          </li>
        ))}
      </ul>
    </Drawer>
  );
}
