/** A few choices of which one holds. */
interface Props<T> {
  label: string;
  value: T;
  options: readonly (readonly [value: T, text: string, title?: string])[];
  chosen(value: T): void;
}

export function Segments<T extends string | number>({ label, value, options, chosen }: Props<T>) {
  return (
    <div class="segments" role="group" aria-label={label}>
      {options.map(([each, text, title]) => (
        <button key={each} type="button" aria-pressed={each === value} title={title} onClick={() => chosen(each)}>
          {text}
        </button>
      ))}
    </div>
  );
}
