import { useState } from "preact/hooks";
import { Refusal } from "../api/client";
import { PLATFORMS, type Platform, type Result } from "../api/types";
import { useRoom } from "./context";
import { Drawer } from "./Drawer";
import { stageOf } from "./stage";

export function Integrations() {
  const room = useRoom();
  const { words } = room.state;
  const list = (
    <>
      <p>{words.integrationsText}</p>
      <ul class="platforms">
        {PLATFORMS.map((platform) => (
          <One key={platform} platform={platform} />
        ))}
      </ul>
    </>
  );
  // A brand without any connection has nothing else to look at: the form is the page.
  return stageOf(room) === "empty" ? (
    <section class="first">
      <h2>{words.integrationsTitle}</h2>
      {list}
    </section>
  ) : (
    <Drawer title={words.integrationsTitle}>{list}</Drawer>
  );
}

function One({ platform }: { platform: Platform }) {
  const room = useRoom();
  const { words, config, format, view } = room.state;
  const connection = config?.connections.find((each) => each.platform === platform);
  const connected = connection !== undefined && connection.status !== "disconnected";
  const [open, setOpen] = useState(false);
  const [sure, setSure] = useState(false);
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<Result | null>(null);
  const name = words.platforms[platform];

  const ask = async (question: () => Promise<Result>): Promise<boolean> => {
    setBusy(true);
    setSaid(null);
    try {
      const result = await question();
      setSaid(result);
      return result.success;
    } catch (error) {
      setSaid({ success: false, message: error instanceof Refusal ? sayingOf(error) : words.signInAway });
      return false;
    } finally {
      setBusy(false);
    }
  };
  const disconnect = async () => {
    setSure(false);
    if (view.brand !== null) await ask(() => room.api.disconnect(view.brand ?? "", platform));
  };
  return (
    <li class="platform" data-platform={platform}>
      <div class="head">
        <h3>{name}</h3>
        <span class={`status ${connection?.status ?? "off"}`}>{connection ? words[connection.status] : words.notConnected}</span>
      </div>
      {connected && (
        <p class="hint">
          {words.account} <code>{connection.accountId}</code> · {words.key}: {words.keySealed}
          {connection.expiresAt !== null && ` · ${words.expires(format.moment(connection.expiresAt))}`}
        </p>
      )}
      {connection?.problem && connected && <p class="banner bad">{words.problems[connection.problem] ?? connection.problem}</p>}
      {(open || !connected) && <KeyForm platform={platform} busy={busy} ask={ask} saved={() => setOpen(false)} />}
      {said && (
        <p class={said.success ? "banner good" : "banner bad"} role="status">
          {said.message}
        </p>
      )}
      {connected && (
        <div class="actions">
          {!open && (
            <button type="button" onClick={() => setOpen(true)}>
              {words.replace}
            </button>
          )}
          {sure ? (
            <span role="alert" class="sure">
              {words.disconnectSure(name)}{" "}
              <button type="button" class="danger" disabled={busy} onClick={() => void disconnect()}>
                {words.disconnect}
              </button>{" "}
              <button type="button" onClick={() => setSure(false)}>
                {words.keep}
              </button>
            </span>
          ) : (
            <button type="button" disabled={busy} onClick={() => setSure(true)}>
              {words.disconnect}
            </button>
          )}
        </div>
      )}
    </li>
  );
}

interface FormProps {
  platform: Platform;
  busy: boolean;
  ask(question: () => Promise<Result>): Promise<boolean>;
  saved(): void;
}

/** The key lives in this form alone, and is gone from it as soon as it is kept. */
function KeyForm({ platform, busy, ask, saved }: FormProps) {
  const room = useRoom();
  const { words, view } = room.state;
  const [accountId, setAccount] = useState("");
  const [apiKey, setKey] = useState("");
  const body = { brandId: view.brand ?? "", platform, apiKey, accountId: accountId.trim() };
  const save = async (event: Event) => {
    event.preventDefault();
    if (await ask(() => room.api.connect(body))) {
      setKey("");
      saved();
    }
  };
  return (
    <form class="key" autocomplete="off" onSubmit={(event) => void save(event)}>
      <label>
        {words.account}
        <input name="accountId" required value={accountId} onInput={(event) => setAccount(event.currentTarget.value)} />
      </label>
      <label>
        {words.keyHint[platform]}
        <input name="apiKey" type="password" required autocomplete="new-password" value={apiKey} onInput={(event) => setKey(event.currentTarget.value)} />
      </label>
      <div class="actions">
        <button type="button" disabled={busy || apiKey === "" || accountId === ""} onClick={() => void ask(() => room.api.validate(body))}>
          {words.validate}
        </button>
        <button type="submit" class="primary" disabled={busy}>
          {words.save}
        </button>
      </div>
    </form>
  );
}

function sayingOf({ problem }: Refusal): string {
  const what = problem.message ?? problem.title;
  return [what, problem.field && `${problem.field}: ${problem.detail ?? ""}`, `(${problem.requestId})`].filter(Boolean).join(" ");
}
