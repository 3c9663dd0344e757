import type { ComponentType } from "preact";
import { useEffect, useLayoutEffect, useReducer, useState } from "preact/hooks";
import type { Room } from "../core/room";
import type { Panel } from "../core/view";
import { Banners } from "./Banners";
import { Charts } from "./Charts";
import { Explanation } from "./Explanation";
import { Inbox } from "./Inbox";
import { NowStrip } from "./NowStrip";
import { Shortcuts } from "./Shortcuts";
import { SourceTable } from "./SourceTable";
import { Tiles } from "./Tiles";
import { TopBar } from "./TopBar";
import { RoomContext, useRoom } from "./context";
import { stageOf } from "./stage";

/** What not everybody opens is not loaded for everybody. */
const LATER = {
  tune: () => import("./Tune").then((part) => part.Tune),
  integrations: () => import("./Integrations").then((part) => part.Integrations),
  notifications: () => import("./Notifications").then((part) => part.Notifications),
  help: () => import("./Help").then((part) => part.Help),
  signIn: () => import("./SignIn").then((part) => part.SignIn),
} satisfies Record<Panel | "signIn", () => Promise<ComponentType>>;

export function App({ room }: { room: Room }) {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  useLayoutEffect(() => {
    draw(undefined); // what was told before anybody listened
    return room.heard(() => draw(undefined));
  }, [room]);
  const { state } = room;
  const { words, view } = state;
  const stage = stageOf(room);
  useEffect(() => {
    document.title = room.brand ? `${room.brand.name} · ${words.title}` : words.title;
  });
  return (
    <RoomContext.Provider value={room}>
      <a class="skip" href="#numbers">
        {words.skip}
      </a>
      <TopBar />
      <Shortcuts />
      <main id="main" aria-busy={stage === "loading"}>
        <Banners stage={stage} />
        {stage === "signed-out" && <Lazy part="signIn" />}
        {stage === "empty" && <Lazy part="integrations" />}
        {(stage === "loading" || stage === "shown") && (
          <>
            <NowStrip />
            <Tiles />
            <div class="two">
              <div class="column">
                <Charts />
                <SourceTable />
              </div>
              <div class="column">
                <Explanation />
                <Inbox />
              </div>
            </div>
          </>
        )}
      </main>
      {stage !== "signed-out" && view.panel !== null && !(stage === "empty" && view.panel === "integrations") && (
        <Lazy part={view.panel} />
      )}
      <Footer />
      <div class="toast" role="status">
        {state.toast}
      </div>
    </RoomContext.Provider>
  );
}

function Lazy({ part }: { part: keyof typeof LATER }) {
  const [found, setFound] = useState<{ part: string; Part: ComponentType } | null>(null);
  useEffect(() => {
    let wanted = true;
    void LATER[part]().then((Part) => wanted && setFound({ part, Part }));
    return () => {
      wanted = false;
    };
  }, [part]);
  return found?.part === part ? <found.Part /> : null;
}

function Footer() {
  const { state } = useRoom();
  if (!state.person) return null;
  const { words, format, loadedAt } = state;
  const asOf = loadedAt === null ? "—" : format.moment(loadedAt);
  return (
    <footer class="foot">
      <span>{words.footer(format.zone, format.currency, asOf)}</span>
      <span>{words.build(__BUILD__)}</span>
    </footer>
  );
}

