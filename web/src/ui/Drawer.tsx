/** A panel at the side: a real dialog, so that the keyboard stays in it and Escape leaves it. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useRoom } from "./context";

export function Drawer({ title, children }: { title: string; children: ComponentChildren }) {
  const room = useRoom();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const close = () => room.go({ panel: null });
  return (
    <dialog
      ref={dialog}
      class="drawer"
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div class="drawer-body">
        <div class="head">
          <h2>{title}</h2>
          <button type="button" class="quiet icon" aria-label={room.state.words.close} onClick={close}>
            ×
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
