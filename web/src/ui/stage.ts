/** Which of the page's states it is in. */
import type { Room } from "../core/room";

export type Stage = "signed-out" | "forbidden" | "empty" | "nobody" | "failed" | "loading" | "shown";

export function stageOf(room: Room): Stage {
  const { person, brands, config, failure, numbers, anomalies } = room.state;
  if (person === null) return "signed-out";
  if (failure?.status === 403) return "forbidden";
  if (person && brands?.length === 0 && room.state.view.brand === null) return "nobody";
  const connected = config?.connections.some((each) => each.status !== "disconnected") ?? true;
  const known = (numbers?.points.size ?? 0) > 0 || (anomalies?.length ?? 0) > 0;
  if (config !== null && !connected && !known && (numbers !== null || failure === null)) return numbers === null ? "loading" : "empty";
  if (numbers === null) return failure === null ? "loading" : "failed";
  return "shown";
}
