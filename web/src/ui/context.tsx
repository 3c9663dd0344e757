import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Room } from "../core/room";

export const RoomContext = createContext<Room | null>(null);

/** Returns the room; whatever it tells is drawn from the top, so nobody has to listen by herself. */
export function useRoom(): Room {
  const room = useContext(RoomContext);
  if (room === null) throw new Error("outside of the room");
  return room;
}
