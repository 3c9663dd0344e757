import { useState } from "preact/hooks";
import { METRICS } from "../api/types";
import { recalled, remember } from "../core/theme";
import { useRoom } from "./context";
import { Drawer } from "./Drawer";

export function Help() {
  const { words } = useRoom().state;
  const [single, setSingle] = useState(recalled("keys") !== "off");
  const { keys } = words;
  const list: [string[], string][] = [
    [["/"], keys.search],
    [["j", "k"], keys.move],
    [["Enter"], keys.enter],
    [["i"], keys.investigate],
    [["z"], keys.snooze],
    [["s"], keys.resolve],
    [["x"], keys.ignore],
    [["[", "]"], keys.shift],
    [["←", "→"], keys.points],
    [["?"], keys.help],
    [["Esc"], keys.escape],
  ];
  return (
    <Drawer title={words.help}>
      <h3>{keys.title}</h3>
      <dl class="keys">
        {list.map(([names, text]) => (
          <div key={text}>
            <dt>
              {names.map((name) => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={single}
          onChange={(event) => {
            setSingle(event.currentTarget.checked);
            remember("keys", event.currentTarget.checked ? "on" : "off");
          }}
        />
        {keys.single}
      </label>
      <h3>{words.numbers}</h3>
      <dl class="meanings">
        {METRICS.map((metric) => (
          <div key={metric}>
            <dt>{words.metrics[metric]}</dt>
            <dd>{words.meanings[metric]}</dd>
          </div>
        ))}
      </dl>
    </Drawer>
  );
}
