import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Refusal } from "../api/client";
import type { Addresses, Channel, Result, Saving } from "../api/types";
import type { Words } from "../i18n/en";
import { useRoom } from "./context";
import { Drawer } from "./Drawer";
import { Segments } from "./Segments";

const MOST_RECIPIENTS = 10;

/** Why an address is left alone, as shared/core/refusal.py has it. */
const WHY = {
  channel: ["channel_not_found", "channel_is_archived", "is_archived", "not_in_channel"],
  access: [
    ...["invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "no_service"],
    ...["no_team", "invalid_token", "invalid_hook", "no_active_hooks", "team_disabled"],
  ],
  rights: ["missing_scope", "restricted_action", "action_prohibited", "posting_to_general_channel_denied"],
  mailbox: ["no_mailbox"],
} as const;

type Change = Omit<Saving, "brandId">;
type Told = ReturnType<typeof useChannel>;

interface Props {
  known: Addresses;
  changed(known: Addresses): void;
}

export function Notifications() {
  const room = useRoom();
  const { words, view } = room.state;
  const [known, setKnown] = useState<Addresses | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const { brand } = view;
  useEffect(() => {
    let wanted = true;
    setKnown(null);
    setWrong(null);
    if (brand === null) return;
    room.api.addresses(brand).then(
      (addresses) => wanted && setKnown(addresses),
      (error: unknown) => wanted && setWrong(sayingOf(error, words)),
    );
    return () => {
      wanted = false;
    };
  }, [room, brand]);
  const changed = (next: Addresses) => setKnown((now) => (now?.brandId === next.brandId ? next : now));
  return (
    <Drawer title={words.tell.title}>
      <p>{words.tell.text}</p>
      {wrong !== null && (
        <p class="banner bad" role="alert">
          {wrong}
        </p>
      )}
      {known === null && wrong === null && (
        <p class="hint" role="status">
          {words.working}
        </p>
      )}
      {known && (
        <ul class="platforms" key={known.brandId}>
          <Slack known={known} changed={changed} />
          <Email known={known} changed={changed} />
          <li class="platform" data-channel="dashboard">
            <div class="head">
              <h3>{words.tell.dashboard}</h3>
              <span class="status active">{words.tell.always}</span>
            </div>
          </li>
        </ul>
      )}
    </Drawer>
  );
}

function useChannel(channel: Channel, { known, changed }: Props) {
  const room = useRoom();
  const { words, config } = room.state;
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<Result | null>(null);
  const [toHear, setToHear] = useState(false);
  const settings = config?.settings;
  const wanted = settings?.notificationChannels.includes(channel) ?? known[channel]?.enabled ?? false;

  const want = async (on: boolean, failed = words.statusFailed) => {
    if (!settings) return;
    try {
      const others = settings.notificationChannels.filter((each) => each !== channel);
      const notificationChannels = on ? [...others, channel] : others;
      await room.backend.saveSettings(known.brandId, { ...settings, notificationChannels });
    } catch {
      setSaid({ success: false, message: failed });
    }
  };
  // Settings may come later than addresses.
  useEffect(() => {
    if (!toHear || !settings) return;
    setToHear(false);
    if (!wanted) void want(true, words.tell.keptOff);
  }, [toHear, settings]);
  /** Says whether it is kept. Who gives an address wants to `hear`: a channel that is off is switched on. */
  const save = async (change: Change, hear = false): Promise<boolean> => {
    setBusy(true);
    setSaid(null);
    try {
      const answer = await room.api.saveAddresses({ brandId: known.brandId, ...change });
      changed(answer);
      setSaid(answer.tests?.[channel] ?? { success: true, message: words.tell.saved });
      if (hear) setToHear(true);
      return true;
    } catch (error) {
      setSaid({ success: false, message: sayingOf(error, words, change.email?.recipients) });
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { channel, busy, said, wanted, fixed: !settings, want, save };
}

function Slack(props: Props) {
  const { words } = useRoom().state;
  const told = useChannel("slack", props);
  const [open, setOpen] = useState(false);
  const [sure, setSure] = useState(false);
  const { slack } = props.known;
  const forget = async () => {
    setSure(false);
    await told.save({ slack: null });
  };
  return (
    <Card told={told} name="Slack" there={slack !== null} dead={slack?.state === "off"}>
      {slack && (
        <p class="hint">
          {words.tell[slack.kind]} · {words.key}: {words.keySealed}
          <br />
          <code>{slack.webhookUrl ?? slack.channel}</code>
        </p>
      )}
      {slack && <Refused of={slack} />}
      {(open || !slack) && <SlackForm stored={slack} told={told} kept={() => setOpen(false)} />}
      {slack && !open && (
        <Choices told={told} least={slack.leastSeverity} dead={slack.state === "off"}>
          <button type="button" onClick={() => setOpen(true)}>
            {words.tell.change}
          </button>
          {sure ? (
            <span role="alert" class="sure">
              {words.tell.forgetSure}{" "}
              <button type="button" class="danger" disabled={told.busy} onClick={() => void forget()}>
                {words.tell.forget}
              </button>{" "}
              <button type="button" onClick={() => setSure(false)}>
                {words.keep}
              </button>
            </span>
          ) : (
            <button type="button" disabled={told.busy} onClick={() => setSure(true)}>
              {words.tell.forget}
            </button>
          )}
        </Choices>
      )}
    </Card>
  );
}

/** The secret lives in this form alone, and is gone from it as soon as it is kept. */
function SlackForm({ stored, told, kept }: { stored: Addresses["slack"]; told: Told; kept(): void }) {
  const { words } = useRoom().state;
  const [kind, setKind] = useState<"webhook" | "bot">(stored?.kind ?? "webhook");
  const [secret, setSecret] = useState("");
  const [channel, setChannel] = useState(stored?.channel ?? "");
  const hasToken = stored?.kind === "bot";
  const choose = (next: "webhook" | "bot") => {
    setKind(next);
    setSecret("");
  };
  const save = async (event: Event) => {
    event.preventDefault();
    const given = secret.trim();
    const bot = { channel: channel.trim(), ...(given === "" ? {} : { botToken: given }) };
    if (await told.save({ slack: kind === "webhook" ? { webhookUrl: given } : bot }, true)) {
      setSecret("");
      kept();
    }
  };
  return (
    <form class="key" autocomplete="off" onSubmit={(event) => void save(event)}>
      <Segments
        label={words.tell.way}
        value={kind}
        options={(["webhook", "bot"] as const).map((each) => [each, words.tell[each]] as const)}
        chosen={choose}
      />
      <p class="hint">{words.tell.wayHint[kind]}</p>
      {kind === "bot" && (
        <label>
          {words.tell.channelId}
          <input name="channel" required placeholder="C0123456789" value={channel} onInput={(event) => setChannel(event.currentTarget.value)} />
        </label>
      )}
      <label>
        {kind === "webhook" ? words.tell.webhookUrl : hasToken ? words.tell.otherToken : words.tell.botToken}
        <input
          key={kind}
          name={kind === "webhook" ? "webhookUrl" : "botToken"}
          type="password"
          required={kind === "webhook" || !hasToken}
          autocomplete="new-password"
          value={secret}
          onInput={(event) => setSecret(event.currentTarget.value)}
        />
      </label>
      <div class="actions">
        <button type="submit" class="primary" disabled={told.busy}>
          {words.save}
        </button>
        {stored && (
          <button type="button" onClick={kept}>
            {words.keep}
          </button>
        )}
      </div>
    </form>
  );
}

function Email(props: Props) {
  const { words } = useRoom().state;
  const told = useChannel("email", props);
  const [typed, setTyped] = useState("");
  const { email } = props.known;
  const recipients = email?.recipients ?? [];
  const addresses = recipients.map((each) => each.address);
  const dead = recipients.filter((each) => each.state === "off").length;
  const add = async (event: Event) => {
    event.preventDefault();
    const all = [...addresses, ...typed.split(/[\s,;]+/).filter(Boolean)];
    const once = all.filter((each, at) => all.findIndex((other) => other.toLowerCase() === each.toLowerCase()) === at);
    if (await told.save({ email: { recipients: once } }, true)) setTyped("");
  };
  const remove = (address: string) => {
    const others = addresses.filter((each) => each !== address);
    return told.save({ email: others.length > 0 ? { recipients: others } : null });
  };
  return (
    <Card told={told} name={words.email} there={email !== null} dead={dead > 0 && dead === recipients.length}>
      <ul class="recipients">
        {recipients.map((each) => (
          <li key={each.address}>
            <div class="head">
              <code>{each.address}</code>
              <span class={each.state === "on" ? "status active" : "status error"}>{words.tell[each.state]}</span>
              <button
                type="button"
                class="quiet icon"
                aria-label={words.tell.remove(each.address)}
                title={words.tell.remove(each.address)}
                disabled={told.busy}
                onClick={() => void remove(each.address)}
              >
                ×
              </button>
            </div>
            <Refused of={each} />
          </li>
        ))}
      </ul>
      {recipients.length < MOST_RECIPIENTS && (
        <form class="key" autocomplete="off" onSubmit={(event) => void add(event)}>
          <label>
            {words.tell.recipients(MOST_RECIPIENTS)}
            <input
              name="recipients"
              required
              inputMode="email"
              autocapitalize="none"
              spellcheck={false}
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </label>
          <div class="actions">
            <button type="submit" class={email ? "" : "primary"} disabled={told.busy}>
              {words.tell.add}
            </button>
          </div>
        </form>
      )}
      {email && <Choices told={told} least={email.leastSeverity} dead={dead > 0} />}
    </Card>
  );
}

function Card({ told, name, there, dead, children }: { told: Told; name: string; there: boolean; dead: boolean; children: ComponentChildren }) {
  const { words } = useRoom().state;
  const { channel, wanted, said } = told;
  const state = !there ? "none" : !wanted ? "off" : dead ? "dead" : "on";
  return (
    <li class="platform" data-channel={channel}>
      <div class="head">
        <h3>{name}</h3>
        <span class={`status ${{ none: "off", off: "off", dead: "error", on: "active" }[state]}`}>{words.tell[state]}</span>
      </div>
      {children}
      {said && (
        <p class={said.success ? "banner good" : "banner bad"} role={said.success ? "status" : "alert"}>
          {said.message}
        </p>
      )}
    </li>
  );
}

/** Whatever is saved of a channel switches it on again: where something is off, that is said, and nothing else is offered. */
function Choices({ told, least, dead, children }: { told: Told; least: "critical" | "warning"; dead: boolean; children?: ComponentChildren }) {
  const { words } = useRoom().state;
  const { channel, busy, wanted, fixed, want, save } = told;
  return (
    <>
      <label class="check">
        <input type="checkbox" checked={wanted} disabled={fixed} onChange={(event) => void want(event.currentTarget.checked)} />
        {words.tell.wanted}
      </label>
      {!dead && (
        <Segments
          label={words.tell.least}
          value={least}
          options={(["warning", "critical"] as const).map((each) => [each, words.tell.from[each]] as const)}
          chosen={(leastSeverity) => void (leastSeverity !== least && save({ [channel]: { leastSeverity } }))}
        />
      )}
      <div class="actions">
        {dead ? (
          <button type="button" disabled={busy} onClick={() => void save({ [channel]: {} }, true)}>
            {words.tell.again}
          </button>
        ) : (
          <button type="button" disabled={busy} onClick={() => void save({ [channel]: {}, test: true })}>
            {words.tell.test}
          </button>
        )}
        {children}
      </div>
    </>
  );
}

function Refused({ of: { state, reason, offSince } }: { of: { state: "on" | "off"; reason?: string; offSince?: string } }) {
  const { words, format } = useRoom().state;
  if (state === "on") return null;
  const why = (["channel", "access", "rights", "mailbox"] as const).find((each) => (WHY[each] as readonly string[]).includes(reason ?? ""));
  return (
    <p class="banner bad">
      {words.tell.why[why ?? "other"]} {offSince !== undefined && words.tell.offSince(format.moment(Date.parse(offSince)))}
    </p>
  );
}

function sayingOf(error: unknown, words: Words, recipients: readonly string[] = []): string {
  if (!(error instanceof Refusal)) return words.tell.away;
  const { problem, retryAfterS } = error;
  const field = problem.field ?? "";
  const address = recipients[Number(/^email\.recipients\[(\d+)\]$/.exec(field)?.[1])];
  if (address !== undefined) return words.tell.noAddress(address);
  const named = words.tell.fields[field];
  if (named !== undefined) return named;
  const what = words.banner.statuses[problem.status] ?? problem.title;
  return [`${what}.`, retryAfterS !== null && words.banner.retryIn(retryAfterS), `(${problem.requestId})`].filter(Boolean).join(" ");
}
